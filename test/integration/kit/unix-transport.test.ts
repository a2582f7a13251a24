/** A transport in sixty lines, as the page of the kit has it, with clients on a real socket. */
import { join } from 'node:path';
import { expect } from 'chai';
import type { AdapterContext, Transport } from '../../../plugins/api/index.js';
import { transportContract } from '../../contract/transport.contract.js';
import { ScriptedService } from '../../contract/transport.service.js';
import type { TestClient, TransportSetting } from '../../contract/transport.world.js';
import { lineClients, testParts } from '../../testing/index.js';
import { createRpcWorld } from '../../unit/rpc/world.js';
import { loadSample } from './samples.js';

interface Sample {
  createUnixTransport(path: string, parts: Pick<AdapterContext, 'clock' | 'log'>): Transport;
}

const never = (): AbortSignal => new AbortController().signal;
let sample: Sample;
before(async () => void (sample = (await loadSample('unix-transport.ts')) as Sample));

async function setting(): Promise<TransportSetting> {
  const parts = testParts();
  const path = join(parts.directories.run, 'rpc.sock');
  return {
    transport: sample.createUnixTransport(path, parts),
    ...lineClients({ path, greeting: (credential) => `Bearer ${credential}` }),
    request: () => Promise.reject(new Error('there are no files')),
    dispose: async () => parts.remove(),
  };
}

describe('a transport made with jsonRpcPeer', () => {
  const supports = { calls: true, events: true, files: false, health: false, jsonRpc: true, batches: true };
  transportContract('unix', { create: setting, supports, withinMs: 2000 });

  const batchOfHolds = JSON.stringify([1, 2].map((id) => ({ jsonrpc: '2.0', id, method: 'hold' })));

  it('sends the answers of a batch before it ends', async () => {
    const service = new ScriptedService();
    const { transport, connectRaw, dispose } = await setting();
    await transport.start(service, never());
    const client = await connectRaw?.();
    const heard = new Promise<string>((resolve) => client?.onMessage(resolve));
    client?.send(batchOfHolds);
    while (service.heldCalls < 2) await new Promise((resolve) => setTimeout(resolve, 2));
    const stopped = transport.stop(never());
    service.release();
    expect(JSON.parse(await heard)).to.have.lengthOf(2);
    await stopped;
    await dispose();
  });

  it('takes messages in pieces, several at once, and passes over blank lines', async () => {
    const service = new ScriptedService();
    const { transport, connectRaw, dispose } = await setting();
    await transport.start(service, never());
    const client = await connectRaw?.();
    const heard: unknown[] = [];
    const three = new Promise<void>((resolve) =>
      client?.onMessage((text) => {
        if (heard.push((JSON.parse(text) as { id: unknown }).id) === 3) resolve();
      }),
    );
    const call = (id: number): string => JSON.stringify({ jsonrpc: '2.0', id, method: 'echo' });
    client?.send(`\r\n${call(1)}\r\n \n${call(2)}`);
    client?.send(call(3).slice(0, 9).concat(call(3).slice(9)));
    await three;
    expect(heard).to.deep.equal([1, 2, 3]);
    await transport.stop(never());
    await dispose();
  });

  it('keeps clients of the socket apart for limits, though the system tells nothing of them', async () => {
    const { endpoint } = await createRpcWorld({ dispatcher: { perAddress: { perMinute: 1, burst: 3 } } });
    const { transport, connect, dispose } = await setting();
    const service = { ...new ScriptedService(), rpc: endpoint };
    await transport.start(service, never());
    const codes = async (client: TestClient, calls: number): Promise<unknown[]> => {
      const answers = await Promise.all(Array.from({ length: calls }, () => client.call('ping')));
      return answers.map(({ error }) =>
        error === undefined ? 'ok' : (error.data as { code: unknown }).code,
      );
    };
    const ok = ['ok', 'ok', 'ok'];
    const noisy = await connect();
    expect(await codes(noisy, 5)).to.deep.equal([...ok, 'RATE_LIMITED', 'RATE_LIMITED']);
    expect(await codes(await connect(), 3), 'another client').to.deep.equal(ok);
    for (let again = 0; again < 8; again += 1) expect(await codes(await connect(), 3)).to.deep.equal(ok);
    expect(await codes(await connect(), 1), 'one that connects again and again').to.deep.equal([
      'RATE_LIMITED',
    ]);
    await transport.stop(never());
    await dispose();
  });
});
