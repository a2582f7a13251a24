/** What comes to the door: upgrades for others, silent crowds, proxies, and hosts that nobody named. */
import { expect } from 'chai';
import { connect, type Socket } from 'node:net';
import { createNodeHttpListener } from '../../../adapters/http-listener/node/node-http-listener.js';
import type { NodeHttpListenerOptions } from '../../../adapters/http-listener/node/options.js';
import { createWsJsonRpcTransport } from '../../../adapters/transport/ws-jsonrpc/ws-jsonrpc-transport.js';
import type { WsJsonRpcOptions } from '../../../adapters/transport/ws-jsonrpc/ws-jsonrpc-transport.js';
import type { HttpClient, HttpListener, RpcCall, RpcOutcome, Transport } from '../../../ports/index.js';
import { ScriptedService } from '../../contract/transport.service.js';
import { quietLog, realClock, wsUrl } from '../../worlds/transport-worlds.js';
import { connectWs, type WsClient } from '../../worlds/ws-client.js';

const never = (): AbortSignal => new AbortController().signal;

/** `authenticate` takes a moment, and `who` says whether it has taken effect. */
class LoginService extends ScriptedService {
  /** Ends a login that was asked to be held. */
  letIn: () => void = () => undefined;

  constructor() {
    super();
    const { open } = this.rpc;
    Object.assign(this.rpc, {
      open: (...args: Parameters<typeof open>) => {
        let isKnown = args[0].credential !== undefined;
        const session = open(...args);
        const call = async (request: RpcCall, signal: AbortSignal): Promise<RpcOutcome> => {
          if (request.method === 'who') return { ok: true, result: isKnown };
          if (request.method !== 'authenticate') return await session.call(request, signal);
          const isHeld = (request.params as { hold?: boolean } | undefined)?.hold === true;
          await new Promise<void>((resolve) => {
            if (isHeld) this.letIn = resolve;
            else setTimeout(resolve, 20);
          });
          isKnown = true;
          return { ok: true, result: true };
        };
        return {
          ...session,
          call,
          get isAuthenticated() {
            return isKnown;
          },
        };
      },
    });
  }
}

describe('the front door', function () {
  this.timeout(60_000);
  let listener: HttpListener;
  let transport: Transport;
  let service: LoginService;
  let seen: HttpClient | undefined;
  const sockets: Socket[] = [];
  const clients: WsClient[] = [];

  const begin = async (
    http: Partial<NodeHttpListenerOptions> = {},
    ws: WsJsonRpcOptions = {},
  ): Promise<void> => {
    listener = createNodeHttpListener({ host: '127.0.0.1', port: 0, ...http }, { log: quietLog });
    await listener.start(never());
    listener.route('/who', async (request) => {
      seen = request.client;
      return { status: 200, body: Buffer.from(await request.body(1_000)) };
    });
    transport = createWsJsonRpcTransport(ws, { listener, log: quietLog, clock: realClock });
    service = new LoginService();
    await transport.start(service, never());
  };
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    for (const client of clients.splice(0)) client.socket.terminate();
    await transport.stop(AbortSignal.abort());
    await listener.stop(AbortSignal.abort());
  });

  const open = async (): Promise<Socket> => {
    const socket = connect(listener.address()?.port ?? 0, '127.0.0.1');
    sockets.push(socket);
    socket.on('error', () => undefined);
    await new Promise((resolve) => socket.once('connect', resolve));
    return socket;
  };
  /** Sends these lines and gives back what is answered first. */
  const answer = async (...lines: readonly string[]): Promise<string> => {
    const socket = await open();
    const heard = new Promise<string>((resolve) => socket.once('data', (data) => resolve(data.toString())));
    socket.write(`${lines.join('\r\n')}`);
    return await heard;
  };
  const status = async (...lines: readonly string[]): Promise<number> =>
    Number((await answer(...lines)).split(' ')[1]);
  const login = async (headers: Record<string, string> = {}): Promise<WsClient> => {
    const client = await connectWs(wsUrl(listener), { headers });
    clients.push(client);
    return client;
  };
  const HANDSHAKE = ['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=='];

  describe('answers as if nobody had asked, an upgrade', () => {
    for (const [what, lines] of [
      [
        'to h2c, as curl and Java ask',
        ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABk'],
      ],
      ['to something unknown', ['Connection: upgrade', 'Upgrade: foo/2, bar']],
      ['to a WebSocket where none is', ['Connection: Upgrade', 'Upgrade: websocket', ...HANDSHAKE]],
      ['that names no protocol', ['Connection: Upgrade']],
    ] as const) {
      it(what, async () => {
        await begin();
        expect(await status('GET /who HTTP/1.1', 'Host: x', ...lines, '', '')).to.equal(200);
        const posted = await answer(
          'POST /who HTTP/1.1',
          'Host: x',
          'Content-Length: 3',
          ...lines,
          '',
          'abc',
        );
        expect(posted)
          .to.match(/^HTTP\/1.1 200 /)
          .and.match(/abc/);
      });
    }

    it('but takes a WebSocket among others', async () => {
      await begin();
      const lines = ['Connection: keep-alive, Upgrade', 'Upgrade: h2c, WebSocket', ...HANDSHAKE];
      expect(await status('GET /ws HTTP/1.1', 'Host: x', ...lines, '', '')).to.equal(101);
    });
  });

  it('wants one Host, and one length', async () => {
    await begin();
    expect(await status('GET /who HTTP/1.1', 'Host: a', 'Host: b', '', '')).to.equal(400);
    expect(await status('GET /who HTTP/1.1', '', '')).to.equal(400);
    expect(await status('GET /who HTTP/1.1', 'Host: a, b', '', '')).to.equal(400);
    const both = ['Content-Length: 3', 'Transfer-Encoding: chunked'];
    expect(await status('POST /who HTTP/1.1', 'Host: a', ...both, '', '0', '', '')).to.equal(400);
  });

  describe('compares origins as URLs', () => {
    const handshake = (host: string, origin: string, ...more: readonly string[]) =>
      status(
        ...['GET /ws HTTP/1.1', `Host: ${host}`, 'Connection: Upgrade', 'Upgrade: websocket', ...HANDSHAKE],
        ...[`Origin: ${origin}`, ...more, '', ''],
      );

    it('with default ports, case and addresses', async () => {
      await begin();
      for (const [host, origin] of [
        ['cam.example:443', 'https://cam.example'],
        ['cam.example', 'https://cam.example:443'],
        ['CAM.example:80', 'http://cam.example'],
        ['[2001:db8::1]:8002', 'http://[2001:db8:0::1]:8002'],
      ] as const)
        expect(await handshake(host, origin), `${host} ${origin}`).to.equal(101);
      for (const [host, origin] of [
        ['cam.example:444', 'https://cam.example'],
        ['cam.example', 'https://cam.example.evil'],
        ['cam.example', 'https://cam.example@evil.example'],
      ] as const)
        expect(await handshake(host, origin), `${host} ${origin}`).to.equal(403);
    });

    it('and by the host that a trusted proxy names', async () => {
      await begin({ trustedProxies: ['127.0.0.0/8'] });
      const forwarded = [
        'X-Forwarded-For: 203.0.113.9',
        'X-Forwarded-Proto: https',
        'X-Forwarded-Host: cam.example',
      ];
      expect(await handshake('inner:8002', 'https://cam.example', ...forwarded)).to.equal(101);
      expect(await handshake('inner:8002', 'http://cam.example', ...forwarded)).to.equal(403);
    });
  });

  describe('behind a proxy', () => {
    const asked = async (...lines: readonly string[]): Promise<HttpClient | undefined> => {
      await answer('GET /who HTTP/1.1', 'Host: inner:8002', ...lines, '', '');
      return seen;
    };
    const TOLD = [
      'X-Forwarded-For: 198.51.100.7, 203.0.113.9',
      'X-Forwarded-Proto: https',
      'X-Forwarded-Host: cam.example',
      'X-Forwarded-Prefix: /cams',
    ];

    it('that is trusted, the client is who it names, not who the client says it is', async () => {
      await begin({ trustedProxies: ['127.0.0.1/32'] });
      expect(await asked(...TOLD)).to.deep.equal({
        address: '203.0.113.9',
        baseUrl: 'https://cam.example/cams',
      });
      const standard = 'Forwarded: for=198.51.100.7, for="[2001:db8::9]:4711";proto=https;host=cam.example';
      expect(await asked(standard)).to.deep.equal({ address: '2001:db8::9', baseUrl: 'https://cam.example' });
      expect(await asked('X-Forwarded-For: rubbish')).to.include({ address: '127.0.0.1' });
    });

    it('that is not, nothing of it counts', async () => {
      await begin();
      expect(await asked(...TOLD)).to.deep.equal({ address: '127.0.0.1', baseUrl: 'http://inner:8002' });
    });

    it('links are built from the configured URL, and work below its path', async () => {
      await begin({ publicUrl: 'https://hub.example/site/' });
      expect(await asked()).to.include({ baseUrl: 'https://hub.example/site' });
      expect(await status('GET /site/who HTTP/1.1', 'Host: x', '', '')).to.equal(200);
    });

    it('refuses networks that are none', () => {
      for (const range of ['10.0.0.0/33', 'proxy.example', 'fd00::/129', '10.0.0.0/0'])
        expect(() =>
          createNodeHttpListener({ host: '127.0.0.1', port: 0, trustedProxies: [range] }, { log: quietLog }),
        )
          .to.throw(/trusted_proxies/)
          .with.property('code', 'OPTION_INVALID');
    });
  });

  describe('in a silent crowd', () => {
    it('of WebSockets, whoever shows a credential is served', async () => {
      await begin({}, { maxSockets: 20, maxAnonymous: 10, maxAnonymousPerAddress: 8 });
      for (let count = 0; count < 40; count += 1) await login();
      const known = await Promise.all(Array.from({ length: 12 }, () => login({ 'x-api-key': 'k1' })));
      for (const client of known) expect((await client.answer('who')).result).to.equal(true);
      const late = await login();
      expect((await late.answer('authenticate', {})).result).to.equal(true);
    });

    it('of WebSockets, places are kept by those who have logged in', async () => {
      await begin({}, { maxSockets: 3, maxAnonymous: 3, maxAnonymousPerAddress: 3 });
      const known = await Promise.all(Array.from({ length: 3 }, () => login({ 'x-api-key': 'k1' })));
      for (const client of known) await client.answer('who');
      expect(await login().catch((cause: Error) => cause.message)).to.contain('503');
    });

    it('each is asked to log in within a time', async () => {
      await begin({}, { loginTimeoutMs: 150 });
      const [silent, known] = [await login(), await login()];
      await known.answer('authenticate', {});
      expect((await silent.closed).code).to.equal(1008);
      expect((await known.answer('who')).result).to.equal(true);
    });

    it('of plain connections, the next request is answered', async () => {
      await begin({ maxConnections: 30, maxWaitingPerAddress: 20 });
      for (let count = 0; count < 60; count += 1) await open();
      expect(await status('GET /who HTTP/1.1', 'Host: x', '', '')).to.equal(200);
    });
  });

  it('answers whatever came behind a login under its own id, and what wants no answer not at all', async () => {
    await begin();
    const client = await login();
    const many = Array.from({ length: 600 }, (_, n) =>
      n % 3 === 0
        ? { jsonrpc: '2.0', method: 'who' }
        : n % 3 === 1
          ? { jsonrpc: '2.0', method: 'who', id: `id ${String(n)}` }
          : [
              { jsonrpc: '2.0', method: 'who' },
              { jsonrpc: '2.0', method: 'who', id: `id ${String(n)}` },
            ],
    );
    client.rawSend(JSON.stringify({ jsonrpc: '2.0', method: 'authenticate', params: {}, id: 'login' }));
    for (const message of many) client.rawSend(JSON.stringify(message));
    const heard = new Map<unknown, unknown>();
    while (heard.size < 401) {
      for (const { id, result } of [await client.nextRaw()].flat() as { id: unknown; result?: unknown }[]) {
        expect(id, 'an answer to nobody').to.be.a('string');
        expect(heard.has(id), 'a second answer').to.equal(false);
        heard.set(id, result);
      }
    }
    expect([...heard.values()].every((result) => result === true || result === undefined)).to.equal(true);
  });

  it('reads no more from a client than its socket has brought, while it logs in', async () => {
    await begin();
    const socket = await open();
    const head = ['GET /ws HTTP/1.1', 'Host: x', 'Connection: Upgrade', 'Upgrade: websocket', ...HANDSHAKE];
    const greeted = new Promise((resolve) => socket.once('data', resolve));
    socket.write(`${head.join('\r\n')}\r\n\r\n`);
    await greeted;
    const login = Buffer.from('{"jsonrpc":"2.0","method":"authenticate","params":{"hold":true},"id":1}');
    socket.write(frame(login));
    let flowing = 0;
    const filler = frame(
      Buffer.from(JSON.stringify({ jsonrpc: '2.0', method: 'who', params: { x: 'x'.repeat(60_000) } })),
    );
    // Until the kernel takes no more, which it does for as long as somebody reads.
    while (flowing < 1000 && (await written(socket, filler))) flowing += 1;
    expect(flowing).to.be.below(1000);
    service.letIn();
    expect(await drained(socket)).to.equal(true);
  });

  it('lets calls see the effects of those before them, also in one segment and in one batch', async () => {
    await begin();
    const client = await login();
    const call = (method: string, id: string) => ({ jsonrpc: '2.0', method, params: {}, id });
    for (const [method, id] of [
      ['authenticate', 'a'],
      ['who', 'b'],
    ] as const)
      client.rawSend(JSON.stringify(call(method, id)));
    expect([await client.nextRaw(), await client.nextRaw()]).to.deep.equal([
      { jsonrpc: '2.0', result: true, id: 'a' },
      { jsonrpc: '2.0', result: true, id: 'b' },
    ]);
    const other = await login();
    const answers = await other.rawCall(JSON.stringify([call('authenticate', 'a'), call('who', 'b')]));
    expect(answers).to.deep.include({ jsonrpc: '2.0', result: true, id: 'b' });
  });
});

/** A text frame of 126 to 65535 bytes, or of less, with a mask of zeros. */
function frame(payload: Buffer): Buffer {
  const head =
    payload.length < 126
      ? [0x81, 0x80 | payload.length]
      : [0x81, 0x80 | 126, payload.length >> 8, payload.length & 255];
  return Buffer.concat([Buffer.from([...head, 0, 0, 0, 0]), payload]);
}

/** @returns false when the other side does not take it within a while. */
async function written(socket: Socket, data: Buffer): Promise<boolean> {
  return socket.write(data) || (await drained(socket, 500));
}

function drained(socket: Socket, withinMs = 10_000): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), withinMs);
    socket.once('drain', () => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}
