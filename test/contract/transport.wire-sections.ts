/** The sections of the transport contract for clients that write JSON-RPC 2.0 messages themselves. */
import { expect } from 'chai';
import type { Transport } from '../../ports/index.js';
import type { ScriptedService } from './transport.service.js';
import type { TransportSetting } from './transport.world.js';
import { Wire, call } from './transport.wire.js';
import { describe, it } from './runner.contract.js';

/** A transport that has been started, and a client of it. */
interface Dialled {
  readonly wire: Wire;
  readonly service: ScriptedService;
}

type Dial = () => Promise<Dialled>;

interface Scene {
  readonly setting: TransportSetting;
  readonly service: ScriptedService;
}

const INVALID_REQUEST = -32600;
const INVALID_PARAMS = -32602;
const PARSE_ERROR = -32700;

/** @param withinMs bound of one answer. */
export function wireSections(supports: Transport['supports'], scene: () => Scene, withinMs: number): void {
  const dial: Dial = async () => {
    const { setting, service } = scene();
    if (!setting.connectRaw) throw new TypeError('the world of a transport with jsonRpc has connectRaw');
    await setting.transport.start(service, new AbortController().signal);
    return { service, wire: new Wire(await setting.connectRaw(), withinMs) };
  };
  if (!supports.jsonRpc) return;
  describe('JSON-RPC messages', () => {
    messageCases(dial);
    idCases(dial);
  });
  describe('JSON-RPC batches', () => {
    if (supports.batches) batchCases(dial);
    else
      it('[batch-none] refuses a batch as a whole', async () => {
        const { wire, service } = await dial();
        await wire.expectRefusal(JSON.stringify([call('echo', 1)]), { code: INVALID_REQUEST, id: null });
        expect(service.calls).to.deep.equal([]);
      });
  });
}

function messageCases(dial: Dial): void {
  it('[wire-answer] answers with the version, the id, and either a result or an error', async () => {
    const { wire } = await dial();
    const good = (await wire.ask(JSON.stringify(call('echo', 1, { a: 'ä☃𝄞' })))) as object;
    expect(good).to.deep.equal({ jsonrpc: '2.0', id: 1, result: { a: 'ä☃𝄞' } });
    const bad = (await wire.ask(JSON.stringify(call('refuse', 2)))) as object;
    expect(bad).to.have.all.keys('jsonrpc', 'id', 'error');
  });
  it('[wire-parse] answers PARSE_ERROR to a message that is not JSON', async () => {
    const { wire, service } = await dial();
    for (const text of ['{bad', 'ping', '{"jsonrpc":"2.0","id":1,"method":"echo"', '[1,', "{'a':1}", 'NaN'])
      await wire.expectRefusal(text, { code: PARSE_ERROR, id: null });
    await wire.expectAlive();
    expect(service.calls).to.have.lengthOf(1);
  });
  it('[wire-utf8] does not run a message that is not UTF-8', async () => {
    const { wire, service } = await dial();
    const message = Buffer.from(JSON.stringify(call('echo', 1, { text: '??' })));
    message.fill(0xff, message.indexOf('??'), message.indexOf('??') + 2);
    await wire.expectRefusalOrEnd(message, PARSE_ERROR);
    expect(service.calls).to.deep.equal([]);
  });
  it('[wire-version] refuses a request without "jsonrpc": "2.0"', async () => {
    const { wire, service } = await dial();
    for (const jsonrpc of [undefined, '1.0', '2', 2, null, ['2.0']]) {
      const text = JSON.stringify({ ...call('echo', 7), jsonrpc });
      await wire.expectRefusal(text, { code: INVALID_REQUEST, id: 7 });
    }
    await wire.expectAlive();
    expect(service.calls).to.have.lengthOf(1);
  });
  it('[wire-request] refuses JSON that is not a request', async () => {
    const { wire, service } = await dial();
    for (const value of [1, 'echo', null, true, {}])
      await wire.expectRefusal(JSON.stringify(value), { code: INVALID_REQUEST, id: null });
    for (const method of [undefined, null, 1, {}, ['echo']])
      await wire.expectRefusal(JSON.stringify({ jsonrpc: '2.0', id: 8, method }), {
        code: INVALID_REQUEST,
        id: 8,
      });
    await wire.expectAlive();
    expect(service.calls).to.have.lengthOf(1);
  });
  it('[wire-params] accepts parameters only by name', async () => {
    const { wire, service } = await dial();
    await wire.expectRefusal(JSON.stringify(call('echo', 9, [1])), { code: INVALID_PARAMS, id: 9 });
    for (const params of ['text', 1, true])
      await wire.expectRefusal(JSON.stringify(call('echo', 9, params)), { code: INVALID_REQUEST, id: 9 });
    await wire.expectAlive();
    expect(service.calls).to.have.lengthOf(1);
  });
}

function idCases(dial: Dial): void {
  it('[wire-notification] runs a request without an id and does not answer it', async () => {
    const { wire, service } = await dial();
    for (const method of ['echo', 'refuse', 'throw']) wire.send(JSON.stringify({ jsonrpc: '2.0', method }));
    await wire.expectAlive();
    await wire.expectAlive();
    expect(service.calls.map(({ method }) => method)).to.include.members(['echo', 'refuse', 'throw']);
  });
  it('[wire-id] echoes an id with its type', async () => {
    const { wire } = await dial();
    for (const id of [1, 0, -1, 1.5, Number.MAX_SAFE_INTEGER, '1', '', 'ä☃"\\', '__proto__'])
      expect(await wire.ask(JSON.stringify(call('echo', id, {})))).to.have.property('id', id);
  });
  it('[wire-bad-id] refuses an id that is neither a string nor a number', async () => {
    const { wire, service } = await dial();
    for (const id of [true, {}, [1]])
      await wire.expectRefusal(JSON.stringify({ jsonrpc: '2.0', id, method: 'echo' }), {
        code: INVALID_REQUEST,
        id: null,
      });
    await wire.expectAlive();
    expect(service.calls).to.have.lengthOf(1);
  });
  it('[wire-same-id] answers each of two calls that have the same id', async () => {
    const { wire } = await dial();
    for (const a of [1, 2]) wire.send(JSON.stringify(call('echo', 'same', { a })));
    const answers = [await wire.next(), await wire.next()] as { id: string; result: { a: number } }[];
    expect(answers.map(({ id }) => id)).to.deep.equal(['same', 'same']);
    expect(answers.map(({ result }) => result.a)).to.have.members([1, 2]);
  });
}

function batchCases(dial: Dial): void {
  const bad = { jsonrpc: '2.0', id: null };
  it('[batch] answers each call of a batch, in one array', async () => {
    const { wire, service } = await dial();
    const ids = Array.from({ length: service.rpc.limits.inFlight }, (_unused, index) => index);
    const answers = await wire.askBatch(ids.map((id) => call('echo', id, { id })));
    expect(answers.map(({ id }) => id)).to.have.members(ids);
    for (const { id, result } of answers) expect(result).to.deep.equal({ id });
    expect(await wire.askBatch([call('echo', 'alone', {})]), 'one call').to.have.lengthOf(1);
  });
  it('[batch-mixed] answers an invalid item of a batch with an error of its own, next to the others', async () => {
    const { wire } = await dial();
    const answers = await wire.askBatch([1, null, {}, [], call('echo', 'good', {})]);
    expect(answers.filter(({ error }) => error?.code === INVALID_REQUEST)).to.have.lengthOf(4);
    for (const { error, ...rest } of answers) if (error) expect(rest).to.deep.equal(bad);
    expect(answers).to.deep.include({ jsonrpc: '2.0', id: 'good', result: {} });
  });
  it('[batch-notification] does not answer notifications, nor a batch that contains nothing else', async () => {
    const { wire, service } = await dial();
    const note = { jsonrpc: '2.0', method: 'echo' };
    expect(await wire.askBatch([note, call('echo', 1, {})])).to.have.lengthOf(1);
    wire.send(JSON.stringify([note, note]));
    await wire.expectAlive();
    await wire.expectAlive();
    expect(service.calls).to.have.lengthOf(6);
  });
  it('[batch-empty] refuses an empty batch with a single object', async () => {
    const { wire } = await dial();
    await wire.expectRefusal('[]', { code: INVALID_REQUEST, id: null });
    await wire.expectAlive();
  });
  it('[batch-size] runs no call of a batch with more calls than allowed, and every call of a batch at the limit', async () => {
    const { wire, service } = await dial();
    const items = Array.from({ length: service.rpc.limits.batchItems }, (_unused, id) =>
      call('echo', id, {}),
    );
    await wire.expectRefusal(JSON.stringify([...items, call('echo', 'more', {})]), {
      code: INVALID_REQUEST,
      id: null,
    });
    expect(service.calls).to.deep.equal([]);
    const answers = await wire.askBatch(items);
    expect(answers.map(({ id }) => id)).to.have.members(items.map(({ id }) => id));
  });
  it('[batch-in-flight] does not run more calls of a batch concurrently than allowed', async () => {
    const { wire, service } = await dial();
    const { batchItems, inFlight } = service.rpc.limits;
    const items = Array.from({ length: batchItems }, (_unused, id) => call('hold', id));
    let most = 0;
    const keepReleasing = setInterval(() => {
      most = Math.max(most, service.heldCalls);
      service.release();
    }, 5);
    try {
      expect(await wire.askBatch(items)).to.have.lengthOf(batchItems);
    } finally {
      clearInterval(keepReleasing);
    }
    expect(most).to.be.within(1, inFlight);
  });
  it('[batch-login] runs a call after the login that precedes it in the batch', async () => {
    const { wire } = await dial();
    const answers = await wire.askBatch([call('who', 0), call('authenticate', 1), call('who', 2)]);
    const inOrder = [...answers].sort((a, b) => Number(a.id) - Number(b.id));
    expect(inOrder.map(({ result }) => result)).to.deep.equal(['nobody', true, 'somebody']);
  });
}
