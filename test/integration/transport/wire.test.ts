/** The wire rules on a real socket: the examples of the JSON-RPC 2.0 specification (§7) and worse. */
import { expect } from 'chai';
import { ScriptedService } from '../../contract/transport.service.js';
import type { HttpListener, RpcCall, RpcOutcome, Transport } from '../../../ports/index.js';
import { createWsJsonRpcTransport } from '../../../adapters/transport/ws-jsonrpc/ws-jsonrpc-transport.js';
import { quietLog, realClock, startedListener, wsUrl } from '../../worlds/transport-worlds.js';
import { connectWs, type WsClient } from '../../worlds/ws-client.js';

const never = (): AbortSignal => new AbortController().signal;
const error = (code: number, id: unknown = null): object => ({ code, id });

/** `subtract` and friends of the specification's examples, with named parameters. */
class CalculatorService extends ScriptedService {
  readonly heard: RpcCall[] = [];

  constructor() {
    super({ messageBytes: 2 * 1024 * 1024, outboundBytes: 16 * 1024 * 1024 });
    const { open } = this.rpc;
    Object.assign(this.rpc, {
      open: (...args: Parameters<typeof open>) => {
        const session = open(...args);
        const call = (request: RpcCall, signal: AbortSignal): Promise<RpcOutcome> => {
          this.heard.push(request);
          const { minuend, subtrahend } = (request.params ?? {}) as Record<string, number>;
          if (request.method === 'long') return Promise.resolve({ ok: true, result: 'x'.repeat(300_000) });
          if (request.method !== 'subtract') return session.call(request, signal);
          return Promise.resolve({ ok: true, result: Number(minuend) - Number(subtrahend) });
        };
        return { ...session, call };
      },
    });
  }
}

describe('wire rules of ws-jsonrpc', () => {
  let listener: HttpListener;
  let transport: Transport;
  let service: CalculatorService;
  let client: WsClient;

  beforeEach(async () => {
    listener = await startedListener();
    transport = createWsJsonRpcTransport({}, { listener, log: quietLog, clock: realClock });
    service = new CalculatorService();
    await transport.start(service, never());
    client = await connectWs(wsUrl(listener));
  });
  afterEach(async () => {
    client.socket.terminate();
    await transport.stop(AbortSignal.abort());
    await listener.stop(AbortSignal.abort());
  });

  /** Proves that a message got no answer: the next one heard is that of the call sent after it. */
  const expectSilence = async (text: string): Promise<void> => {
    client.rawSend(text);
    expect(
      await client.rawCall('{"jsonrpc":"2.0","method":"echo","params":{"n":1},"id":"after"}'),
    ).to.deep.equal({
      jsonrpc: '2.0',
      result: { n: 1 },
      id: 'after',
    });
  };
  const brief = (answer: unknown): unknown => {
    if (Array.isArray(answer)) return answer.map(brief);
    const {
      jsonrpc,
      result,
      error: failed,
      id,
    } = answer as { jsonrpc: string; result?: unknown; error?: { code: number }; id: unknown };
    expect(jsonrpc).to.equal('2.0');
    return failed === undefined ? { result, id } : { code: failed.code, id };
  };
  const ask = async (text: string): Promise<unknown> => brief(await client.rawCall(text));

  describe('examples of the specification', () => {
    const examples: readonly [string, string, unknown][] = [
      [
        'positional parameters are refused',
        '{"jsonrpc": "2.0", "method": "subtract", "params": [42, 23], "id": 1}',
        error(-32602, 1),
      ],
      [
        'positional parameters are refused in any order',
        '{"jsonrpc": "2.0", "method": "subtract", "params": [23, 42], "id": 2}',
        error(-32602, 2),
      ],
      [
        'named parameters',
        '{"jsonrpc": "2.0", "method": "subtract", "params": {"subtrahend": 23, "minuend": 42}, "id": 3}',
        { result: 19, id: 3 },
      ],
      [
        'named parameters in another order',
        '{"jsonrpc": "2.0", "method": "subtract", "params": {"minuend": 42, "subtrahend": 23}, "id": 4}',
        { result: 19, id: 4 },
      ],
      [
        'a method that does not exist',
        '{"jsonrpc": "2.0", "method": "foobar", "id": "1"}',
        error(-32601, '1'),
      ],
      ['invalid JSON', '{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]', error(-32700)],
      ['an invalid request object', '{"jsonrpc": "2.0", "method": 1, "params": "bar"}', error(-32600)],
      [
        'a batch of invalid JSON',
        '[{"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"},{"jsonrpc": "2.0", "method"]',
        error(-32700),
      ],
      ['an empty array', '[]', error(-32600)],
      ['an invalid batch, not empty', '[1]', [error(-32600)]],
      ['an invalid batch', '[1,2,3]', [error(-32600), error(-32600), error(-32600)]],
    ];
    for (const [title, sent, answer] of examples) {
      it(title, async () => {
        expect(await ask(sent)).to.deep.equal(answer);
      });
    }
    it('notifications, of methods known and unknown, get no answer', async () => {
      await expectSilence('{"jsonrpc": "2.0", "method": "update", "params": [1,2,3,4,5]}');
      await expectSilence('{"jsonrpc": "2.0", "method": "foobar"}');
      await expectSilence('{"jsonrpc": "2.0", "method": "throw"}');
    });
    it('a mixed batch', async () => {
      const batch = `[
        {"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"},
        {"jsonrpc": "2.0", "method": "notify_hello", "params": [7]},
        {"jsonrpc": "2.0", "method": "subtract", "params": {"minuend": 42, "subtrahend": 23}, "id": "2"},
        {"foo": "boo"},
        {"jsonrpc": "2.0", "method": "foo.get", "params": {"name": "myself"}, "id": "5"},
        {"jsonrpc": "2.0", "method": "nothing", "id": "9"}]`;
      expect(await ask(batch)).to.have.deep.members([
        error(-32602, '1'),
        { result: 19, id: '2' },
        error(-32600),
        error(-32601, '5'),
        { result: null, id: '9' },
      ]);
    });
    it('a batch of notifications gets no answer', async () => {
      await expectSilence(
        '[{"jsonrpc":"2.0","method":"a","params":{}},{"jsonrpc":"2.0","method":"b","params":[7]}]',
      );
    });
  });

  describe('messages that are no requests', () => {
    for (const text of ['null', '0', '1.5', '""', '"x"', 'true', 'false', '{}', '{"id":null}']) {
      it(`${text} is an invalid request`, async () => {
        expect(await ask(text)).to.deep.equal(error(-32600));
      });
    }
    for (const text of ['', ' ', '{bad', "{'a':1}", '\u0000', '{"a":1}x', 'NaN']) {
      it(`${JSON.stringify(text)} is a parse error`, async () => {
        expect(await ask(text)).to.deep.equal(error(-32700));
      });
    }
    it('null, arrays and nothing useful inside a batch are invalid requests of their own', async () => {
      expect(await ask('[null]')).to.deep.equal([error(-32600)]);
      expect(await ask('[[]]')).to.deep.equal([error(-32600)]);
      expect(await ask('[null,{"jsonrpc":"2.0","method":"echo","params":{},"id":7}]')).to.have.deep.members([
        error(-32600),
        { result: {}, id: 7 },
      ]);
    });
    it('a batch of one is answered with an array', async () => {
      expect(await ask('[{"jsonrpc":"2.0","method":"echo","params":{},"id":1}]')).to.deep.equal([
        { result: {}, id: 1 },
      ]);
    });
    it('a batch beyond the limit is refused as a whole', async () => {
      const many = Array.from({ length: 11 }, (_unused, id) => ({
        jsonrpc: '2.0',
        method: 'echo',
        params: {},
        id,
      }));
      expect(await ask(JSON.stringify(many))).to.deep.equal(error(-32600));
      const answers = (await ask(JSON.stringify(many.slice(1)))) as unknown[];
      expect(answers).to.have.lengthOf(10);
      expect(answers).to.deep.include({ result: {}, id: 10 });
    });
    it('answers from a client are ignored', async () => {
      await expectSilence('{"jsonrpc":"2.0","result":1,"id":1}');
      await expectSilence('{"jsonrpc":"2.0","error":{"code":1,"message":"x"},"id":1}');
    });
    it('other versions, and a request that is an answer too, are refused with their id', async () => {
      expect(await ask('{"jsonrpc":"1.0","method":"echo","id":5}')).to.deep.equal(error(-32600, 5));
      expect(await ask('{"method":"echo","id":"s"}')).to.deep.equal(error(-32600, 's'));
      expect(await ask('{"jsonrpc":"2.0","method":"echo","result":1,"id":6}')).to.deep.equal(
        error(-32600, 6),
      );
    });
    it('parameters are an object or absent', async () => {
      for (const params of ['null', '"x"', '1', 'true']) {
        const sent = `{"jsonrpc":"2.0","method":"echo","params":${params},"id":1}`;
        expect(await ask(sent), params).to.deep.equal(error(-32600, 1));
      }
    });
  });

  describe('ids', () => {
    const echoed = ['"text"', '""', '"\\u2028\\""', '1', '0', '-1', '1.5', 'null', '9007199254740991'];
    const inTheirOwnWords = [
      '12345678901234567890',
      '-9007199254740993',
      '1e400',
      '0.1234567890123456789',
      '1.50',
      ...['1.0', '-0', '-0.0', '1e2', '1E+2', '100e-2', '-1e-400', '9007199254740993'],
    ];
    for (const id of [...echoed, ...inTheirOwnWords]) {
      it(`${id} is echoed`, async () => {
        const heard = new Promise<string>((resolve) => {
          client.socket.once('message', (data) => resolve((data as Buffer).toString()));
        });
        client.rawSend(
          `{"jsonrpc":"2.0","id":${id},"method":"echo","params":{"id":[{"id":"}"}],"x":"\\"id\\":7"}}`,
        );
        const written = JSON.stringify(JSON.parse(id));
        expect(await heard).to.contain(`"id":${inTheirOwnWords.includes(id) ? id : written}}`);
      });
    }
    it('long ids keep their words in a batch, and when the request is refused', async () => {
      const heard = new Promise<string>((resolve) => {
        client.socket.once('message', (data) => resolve((data as Buffer).toString()));
      });
      client.rawSend(
        '[ {"jsonrpc":"2.0","method":"echo","params":{},"id":11111111111111111111} , 1, {"\\u0069d":22222222222222222222,"method":3}]',
      );
      const text = await heard;
      expect(text).to.contain('"id":11111111111111111111}');
      expect(text).to.contain('"id":22222222222222222222}');
    });
    it('odd spellings keep their words wherever they are, also beside ids of other kinds', async () => {
      const heard = new Promise<string>((resolve) => {
        client.socket.once('message', (data) => resolve((data as Buffer).toString()));
      });
      const call = (id: string): string => `{"jsonrpc":"2.0","method":"echo","params":{"id":2.0},${id}}`;
      const ids = ['"id":1', '"\\u0069\\u0064" :\t1.0', '"id":{"id":3.0}', '"id":"1.0"', '"id":4, "id":5e0'];
      client.rawSend(`[${ids.map(call).join(',')}]`);
      const answers = await heard;
      for (const id of ['1', '1.0', 'null', '"1.0"', '5e0']) expect(answers).to.contain(`"id":${id}}`);
      expect(answers).not.to.contain('"id":{');
    });
    for (const id of ['{"a":1}', '[1]', 'true', 'false', '{}', '[]']) {
      it(`${id} is refused`, async () => {
        expect(await ask(`{"jsonrpc":"2.0","id":${id},"method":"echo"}`)).to.deep.equal(error(-32600));
      });
    }
  });

  describe('hostile contents', () => {
    it('methods named after what every object has do not exist', async () => {
      for (const method of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '', 'rpc.x']) {
        const sent = JSON.stringify({ jsonrpc: '2.0', method, id: 1 });
        expect(await ask(sent), method).to.deep.equal(error(-32601, 1));
      }
    });
    it('members named __proto__ change nothing', async () => {
      await ask(
        '{"jsonrpc":"2.0","method":"echo","id":1,"__proto__":{"polluted":1},"params":{"__proto__":{"polluted":1}}}',
      );
      expect(({} as Record<string, unknown>)['polluted']).to.equal(undefined);
      expect(await ask('{"__proto__":{"jsonrpc":"2.0","method":"echo","id":1}}')).to.deep.equal(
        error(-32600),
      );
    });
    it('deep nesting is answered, whatever with', async () => {
      const depth = 200_000;
      expect(await ask(`${'['.repeat(depth)}${']'.repeat(depth)}`)).to.deep.equal([error(-32600)]);
      const deep = `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
      const answer = await ask(
        `{"jsonrpc":"2.0","method":"echo","params":${deep},"id":12345678901234567890}`,
      );
      expect(answer).to.deep.include({ code: -32603 });
      await expectSilence('{"jsonrpc":"2.0","method":"update"}');
    });
    it('a message of 1 MB goes in and out', async () => {
      const text = 'x'.repeat(1024 * 1024);
      const sent = JSON.stringify({ jsonrpc: '2.0', method: 'echo', params: { text }, id: 'big' });
      expect(await ask(sent)).to.deep.equal({ result: { text }, id: 'big' });
    });
    it('a message beyond the limit ends that connection with 1009 and no other', async () => {
      const other = await connectWs(wsUrl(listener));
      other.rawSend('x'.repeat(2 * 1024 * 1024 + 1));
      expect((await other.closed).code).to.equal(1009);
      await expectSilence('{"jsonrpc":"2.0","method":"update"}');
    });
    it('JSON in a binary frame is taken, bytes that are no UTF-8 are a parse error', async () => {
      client.socket.send(
        Buffer.from('{"jsonrpc":"2.0","method":"subtract","params":{"minuend":3,"subtrahend":1},"id":1}'),
      );
      expect(await client.nextRaw()).to.deep.equal({ jsonrpc: '2.0', result: 2, id: 1 });
      client.socket.send(Buffer.from([0x22, 0xff, 0xfe, 0x22]));
      expect(await client.nextRaw()).to.have.nested.property('error.code', -32700);
    });
    it('the answers of a batch are bounded together', async () => {
      Object.assign(service.rpc.limits, { batchItems: 50 });
      const calls = Array.from({ length: 50 }, (_, id) => ({
        jsonrpc: '2.0',
        method: 'long',
        params: {},
        id,
      }));
      client.socket.send(JSON.stringify(calls));
      const answers = (await client.nextRaw()) as { error?: object }[];
      expect(answers).to.have.length(50);
      expect(JSON.stringify(answers).length).to.be.below(8 * 1024 * 1024);
      expect(answers.filter(({ error: refusal }) => refusal !== undefined).length).to.be.within(20, 45);
    });
    it('text that is no UTF-8 ends the connection with 1007', async () => {
      client.socket.send(Buffer.from([0x22, 0xff, 0xfe, 0x22]), { binary: false });
      expect((await client.closed).code).to.equal(1007);
    });
  });
});
