import { expect } from 'chai';
import { createManualClock } from '../../../adapters/clock/manual/manual-clock.js';
import { jsonRpcPeer, type JsonRpcPeerOptions, type JsonRpcWire } from '../../../plugins/kit/index.js';
import { ScriptedService } from '../../contract/transport.service.js';
import { testParts } from '../../testing/index.js';

/** A connection in memory, which remembers what was done to it. */
class MemoryWire implements JsonRpcWire {
  readonly written: string[] = [];
  readonly done: string[] = [];
  waiting = 0;
  write(bytes: Uint8Array): void {
    this.written.push(Buffer.from(bytes).toString());
  }
  buffered(): number {
    return this.waiting;
  }
  pause(): void {
    this.done.push('pause');
  }
  resume(): void {
    this.done.push('resume');
  }
  end(): void {
    this.done.push('end');
  }
  destroy(): void {
    this.done.push('destroy');
  }
}

const parts = testParts();
after(() => parts.remove());

function setUp(more: Partial<JsonRpcPeerOptions> = {}) {
  const service = new ScriptedService({ messageBytes: 1000, outboundBytes: 100 });
  const wire = new MemoryWire();
  const clock = createManualClock();
  const who = { transport: 'test', address: 'test:1' };
  const peer = jsonRpcPeer({ rpc: service.rpc, peer: who, wire, log: parts.log, clock, ...more });
  const say = (text: string): void => peer.receive(Buffer.from(text));
  return { service, wire, clock, peer, say };
}

const call = (id: number, method = 'echo'): string => JSON.stringify({ jsonrpc: '2.0', id, method });
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the peer of the kit', () => {
  it('ends each message with a newline, or leaves it as it is', async () => {
    const lines = setUp();
    lines.say(`${call(1)}\n`);
    const messages = setUp({ framing: 'messages' });
    messages.say(call(1));
    await turn();
    expect(lines.wire.written).to.deep.equal([`${messages.wire.written[0]}\n`]);
    expect(JSON.parse(messages.wire.written[0] ?? '')).to.deep.equal({ jsonrpc: '2.0', id: 1, result: null });
  });

  it('is settled when every call is answered, notifications as well, or the client has gone', async () => {
    const { service, wire, peer, say } = setUp({ framing: 'messages' });
    await peer.settled();
    say(call(1, 'hold'));
    say(JSON.stringify({ jsonrpc: '2.0', method: 'hold' }));
    let isSettled = false;
    const settled = peer.settled().then(() => (isSettled = true));
    await turn();
    expect(isSettled).to.equal(false);
    service.release();
    await settled;
    expect(wire.written).to.have.lengthOf(1);
    say(call(2, 'hold'));
    const left = peer.settled();
    peer.gone();
    await left;
    expect(wire.written).to.have.lengthOf(1);
  });

  for (const framing of ['lines', 'messages'] as const) {
    it(`refuses what is too long and ends, also when the client goes on (${framing})`, async () => {
      const { service, wire, clock, say } = setUp({ framing });
      say('x'.repeat(1001));
      say(`\n${call(1)}\n`);
      await turn();
      expect(wire.written).to.have.lengthOf(1);
      expect(wire.written[0]).to.include('-32600').and.include('1000 bytes');
      expect(service.calls).to.deep.equal([]);
      expect(wire.done).to.deep.equal(['end']);
      await clock.advance(2000);
      expect(wire.done).to.deep.equal(['end', 'destroy']);
    });
  }

  it('disconnects a client for whom too much waits', () => {
    const { service, wire } = setUp();
    wire.waiting = 101;
    service.sessions[0]?.notify({ method: 'camera.connected', params: {} });
    expect(wire.written).to.deep.equal([]);
    expect(wire.done).to.deep.equal(['destroy']);
  });

  it('closes the session and aborts its calls when the client is gone', async () => {
    const { service, peer, say } = setUp();
    say(`${call(1, 'hold')}\n`);
    await turn();
    peer.gone();
    await turn();
    expect(service.abortedCalls).to.equal(1);
    expect(service.sessions[0]?.isClosed).to.equal(true);
  });

  it('drains: refuses further calls, answers those under way, and gives the client a moment to end', async () => {
    const { service, wire, clock, peer, say } = setUp();
    say(`${call(1, 'hold')}\n`);
    await turn();
    let isOver = false;
    const drained = peer.drain(new AbortController().signal).then(() => (isOver = true));
    say(`${call(2)}\n`);
    await turn();
    expect(wire.written[0]).to.include('INVALID_STATE');
    expect(wire.done).to.deep.equal([]);
    service.release();
    await turn();
    expect(wire.written[1]).to.include('"released"');
    expect(wire.done).to.deep.equal(['end']);
    expect(isOver).to.equal(false);
    await clock.advance(2000);
    await drained;
    expect(wire.done).to.deep.equal(['end', 'destroy']);
  });

  it('does not wait for calls when there is no time, and not for a client that is gone', async () => {
    const { wire, peer, say } = setUp();
    say(`${call(1, 'hold')}\n`);
    await turn();
    const drained = peer.drain(AbortSignal.abort());
    peer.gone();
    await drained;
    expect(wire.done).to.deep.equal(['destroy']);
  });

  it('survives a session that cannot be opened', () => {
    const { service } = setUp();
    const open = (): never => {
      throw new Error('no');
    };
    const { wire, say } = setUp({ rpc: { ...service.rpc, open } });
    say(`${call(1)}\n`);
    expect(wire.done).to.deep.equal(['destroy']);
    expect(wire.written).to.deep.equal([]);
  });
});
