import { expect } from 'chai';
import { encodeAnswer, failureAnswer } from '../../../adapters/_shared/json-rpc/encode.js';
import { classify, parseMessage } from '../../../adapters/_shared/json-rpc/messages.js';
import { writtenIds } from '../../../adapters/_shared/json-rpc/raw-ids.js';
import { METHODS } from '../../../core/rpc/methods/index.js';
import { codeOf, createRpcWorld, TOKENS } from '../rpc/world.js';
import { expectLinear, expectLinearText, PUMPS } from '../../worlds/growth.js';

const NO_LIMIT = 1e9;

/** All that a transport does with a frame before core sees it, and with the ids of what it answers. */
function take(text: string): number {
  const message = parseMessage(text, NO_LIMIT);
  if (message.kind === 'refused') return 0;
  const items = message.kind === 'single' ? [message.item] : message.items.map(classify);
  const ids = items.map((item) => (item.kind === 'request' ? item.request.id : undefined));
  const failure = { rpcCode: -1, message: '', data: { code: 'INTERNAL', request_id: '' } };
  return writtenIds(text, ids).map((raw) => encodeAnswer(failureAnswer(null, failure), raw)).length;
}

describe('a JSON-RPC frame, whatever is in it', function () {
  this.timeout(120_000);

  it('costs in proportion to its length: any text', async () => {
    for (const around of [
      ['', ''],
      ['[', ']'],
      ['{"jsonrpc":"2.0","method":"ping","id":1.0,"params":{"a":"', '"}}'],
      ['{"id":1e2,"method":"', '"}'],
    ] as const)
      await expectLinearText(take, { around });
    // As texts of JSON, so that all of it is read.
    await expectLinearText((text) => take(`{"id":1.50,"jsonrpc":"2.0","method":${JSON.stringify(text)}}`));
    await expectLinearText((text) => take(`[{"id":1.50,${JSON.stringify(text)}:1,"method":"x"}]`));
  });

  it('costs in proportion to its size: batches, and members of an object', async () => {
    const parts: Readonly<Record<string, string>> = {
      requests: '{"jsonrpc":"2.0","id":1.0,"method":"ping"}',
      'requests of any spelling': ' { "method" : "ping" , "\\u0069d" : -0 , "jsonrpc" : "2.0" } ',
      numbers: '1',
      nothing: 'null',
      lists: '[]',
      texts: '"id\\":1.0"',
      'nested ids': '{"params":{"id":1.0},"id":7}',
    };
    for (const [what, part] of Object.entries(parts)) {
      const make = (size: number): string =>
        `[{"id":2.0},${Array.from({ length: size }, () => part).join(',')}]`;
      await expectLinear({ make, run: take, largest: 8_000 }, what);
      expect(parseMessage(make(3), 4)).to.include({ kind: 'batch' });
      expect(parseMessage(make(4), 4)).to.include({ kind: 'refused' });
    }
    const members = (size: number): string =>
      `{${Array.from({ length: size }, (_, n) => `"${String(n % 2 === 0 ? n : 'id')}":1.0`).join(',')}}`;
    await expectLinear({ make: members, run: take, largest: 20_000 }, 'members');
    const deep = (size: number): string => `{"id":1.0,"params":${'['.repeat(size)}${']'.repeat(size)}}`;
    await expectLinear({ make: deep, run: (text) => writtenIds(text, [1]), largest: 100_000 }, 'deep');
  });
});

describe('the parameters of a call, whatever they are', function () {
  this.timeout(120_000);
  const many = (size: number): Record<string, unknown> =>
    Object.fromEntries(Array.from({ length: size }, (_, n) => [`f${String(n)}`, '?key'.repeat(8)]));

  it('cost in proportion to their size: validation of every method', async () => {
    for (const { name, params, paramsCheck } of METHODS) {
      const check = (value: unknown): unknown => paramsCheck.accepts(value) || paramsCheck.fault(value).data;
      await expectLinear({ make: many, run: check, largest: 20_000 }, name);
      for (const field of Object.keys(params.properties)) {
        // What begins an expression again and again; all pumps would be tried a thousand times.
        const pumps = ['a', '.', '-', '/', '0', 'camera0', '2026-01-01T'];
        await expectLinearText((text) => check({ [field]: text }), { pumps });
        const list = (size: number) => ({ [field]: Array.from({ length: size }, () => 'a') });
        await expectLinear({ make: list, run: check, largest: 20_000 }, `${name}.${field}`);
      }
    }
  });

  it('cost in proportion to their size: calls of nobody in particular, and of somebody, with their audit', async () => {
    const world = await createRpcWorld();
    for (const credential of [undefined, TOKENS.admin]) {
      const { call } = world.connect(credential === undefined ? {} : { credential });
      for (const method of ['take_snapshot', 'no_such_method'])
        await expectLinear({ make: many, run: (params) => call(method, params), largest: 20_000 }, method);
      await expectLinearText((text) => call('take_snapshot', { device: text, [text]: text }));
      await expectLinearText((text) => call(text, { device: 'camera0' }), { pumps: PUMPS.slice(0, 40) });
    }
    expect(codeOf(await world.connect().call('take_snapshot', many(2)))).to.equal('AUTH_REQUIRED');
    for (const entry of world.audit) expect(JSON.stringify(entry).length).to.be.lessThan(2_000);
  });
});
