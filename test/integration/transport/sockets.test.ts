/** Connections that misbehave: half-open, slow, too many, from a stranger's page. */
import { expect } from 'chai';
import { connect, type Socket } from 'node:net';
import { createWsJsonRpcTransport } from '../../../adapters/transport/ws-jsonrpc/ws-jsonrpc-transport.js';
import type { HttpListener, Transport } from '../../../ports/index.js';
import { ScriptedService } from '../../contract/transport.service.js';
import {
  quietLog,
  realClock,
  requestOverTcp,
  startedListener,
  wsUrl,
} from '../../worlds/transport-worlds.js';
import { connectWs } from '../../worlds/ws-client.js';

const never = (): AbortSignal => new AbortController().signal;

describe('sockets of ws-jsonrpc', () => {
  let listener: HttpListener;
  let transport: Transport;
  let service: ScriptedService;

  const begin = async (heartbeatMs: number, maxSockets = 100): Promise<void> => {
    listener = await startedListener(['https://console.example']);
    const deps = { listener, log: quietLog, clock: realClock };
    transport = createWsJsonRpcTransport({ heartbeatMs, maxSockets }, deps);
    service = new ScriptedService();
    await transport.start(service, never());
  };
  afterEach(async () => {
    await transport.stop(AbortSignal.abort());
    await listener.stop(AbortSignal.abort());
  });
  const refusal = (headers: Record<string, string>): Promise<string> =>
    connectWs(wsUrl(listener), { headers }).then(
      async (client) => {
        await client.close();
        return 'accepted';
      },
      (error: Error) => error.message,
    );

  it('a half-open connection is noticed by its silence and closed; a live one stays', async () => {
    await begin(40);
    const live = await connectWs(wsUrl(listener));
    const mute = await rawUpgrade(listener);
    mute.pause();
    await until(() => service.sessions.filter((session) => session.isClosed).length === 1, 3000);
    expect((await live.answer('echo', { a: 1 })).result).to.deep.equal({ a: 1 });
    expect(service.sessions[0]?.isClosed).to.equal(false);
    mute.destroy();
    await live.close();
  });

  it('a client that does not read is disconnected with bounded memory', async () => {
    await begin(60_000);
    const mute = await rawUpgrade(listener);
    mute.pause();
    await until(() => service.sessions.length === 1, 1000);
    const params = { text: 'x'.repeat(20_000) };
    let sent = 0;
    while (service.sessions[0]?.isClosed === false && sent < 5000) {
      service.sessions[0].notify({ method: 'recording.progress', params: { ...params, sequence: sent } });
      sent += 1;
      if (sent % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(service.sessions[0]?.isClosed).to.equal(true);
    // What the kernel's socket buffers take is added to the queue of 256 KiB.
    expect(sent * 20_000).to.be.below(32 * 1024 * 1024);
    const other = await connectWs(wsUrl(listener));
    expect((await other.answer('echo', {})).result).to.deep.equal({});
    mute.destroy();
    await other.close();
  });

  it('a client that asks and does not read is disconnected too', async () => {
    await begin(60_000);
    const mute = await rawUpgrade(listener);
    mute.pause();
    mute.on('error', () => undefined);
    const frame = maskedText(
      JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'echo', params: { text: 'x'.repeat(30_000) } }),
    );
    for (let sent = 0; sent < 3000 && service.sessions[0]?.isClosed !== true; sent += 1) {
      if (!mute.write(frame)) {
        await Promise.race([
          new Promise((resolve) => mute.once('drain', resolve)),
          new Promise((resolve) => mute.once('close', resolve)),
        ]);
      }
    }
    await until(() => service.sessions[0]?.isClosed === true, 3000);
    mute.destroy();
  });

  it('pages of other origins are refused; ours, listed ones and programs are not', async () => {
    await begin(60_000);
    const own = `http://127.0.0.1:${String(listener.address()?.port)}`;
    expect(await refusal({ origin: 'https://evil.example' })).to.contain('403');
    expect(await refusal({ origin: 'null' })).to.contain('403');
    expect(await refusal({ origin: own })).to.equal('accepted');
    expect(await refusal({ origin: 'https://console.example' })).to.equal('accepted');
    expect(await refusal({})).to.equal('accepted');
  });

  it('connections beyond the limit get 503', async () => {
    await begin(60_000, 1);
    const first = await connectWs(wsUrl(listener), { headers: { 'x-api-key': 'k1' } });
    await first.answer('echo', {});
    expect(await refusal({})).to.contain('503');
    await first.close();
    await until(() => service.sessions[0]?.isClosed === true, 1000);
    expect(await refusal({})).to.equal('accepted');
  });

  it('a plain request on the path gets 426, an upgrade elsewhere 404', async () => {
    await begin(60_000);
    const answer = await requestOverTcp(listener, { path: '/ws' });
    expect([answer.status, answer.headers['upgrade']]).to.deep.equal([426, 'websocket']);
    expect(JSON.parse(Buffer.from(answer.body).toString())).to.have.nested.property(
      'error.code',
      'UPGRADE_REQUIRED',
    );
    const elsewhere = await connectWs(wsUrl(listener, '/other')).catch((error: Error) => error.message);
    expect(elsewhere).to.contain('404');
  });

  it('credentials and host come from the upgrade request', async () => {
    await begin(60_000);
    await (await connectWs(wsUrl(listener), { headers: { authorization: 'Bearer a.b.c' } })).close();
    await (
      await connectWs(wsUrl(listener), { headers: { 'x-api-key': 'k1', host: 'camera.local:8002' } })
    ).close();
    const [bearer, key] = service.sessions.map((session) => session.peer);
    expect(bearer).to.deep.equal({
      transport: 'ws-jsonrpc',
      address: '127.0.0.1',
      baseUrl: `http://127.0.0.1:${String(listener.address()?.port)}`,
      credential: 'a.b.c',
    });
    expect(key).to.deep.include({ baseUrl: 'http://camera.local:8002', credential: 'k1' });
  });

  it('one notification for many clients is encoded once', async () => {
    await begin(60_000);
    const clients = await Promise.all(Array.from({ length: 20 }, () => connectWs(wsUrl(listener))));
    let encoded = 0;
    const counted = { toJSON: () => (encoded += 1) };
    const notification = { method: 'camera.connected', params: { counted } };
    for (const session of service.sessions) session.notify(notification);
    for (const client of clients) {
      expect((await client.nextNotification('camera.connected', 2000)).params).to.deep.equal({ counted: 1 });
    }
    expect(encoded).to.equal(1);
    await Promise.all(clients.map((client) => client.close()));
  });

  it('a result that cannot be written is an internal error', async () => {
    await begin(60_000);
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    service.stored.clear();
    Object.assign(service.rpc, {
      open: () => ({
        id: 'c',
        isAuthenticated: false,
        judged: () => Promise.resolve(),
        call: () => Promise.resolve({ ok: true, result: cycle }),
        close: () => undefined,
      }),
    });
    const client = await connectWs(wsUrl(listener));
    expect((await client.answer('echo', {})).error?.code).to.equal(-32603);
    await client.close();
  });
});

/** Shakes hands as a WebSocket client and then does only what the test does. */
async function rawUpgrade(listener: HttpListener): Promise<Socket> {
  const { host, port } = listener.address() ?? { host: '', port: 0 };
  const socket = connect({ host, port });
  const lines = [
    'GET /ws HTTP/1.1',
    'Host: x',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  ];
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  const head = await new Promise<string>((resolve) => {
    socket.once('data', (data: Buffer) => resolve(data.toString()));
  });
  expect(head).to.contain('101 Switching Protocols');
  return socket;
}

/** A text frame of 126 to 65535 bytes with a mask of zeros. */
function maskedText(text: string): Buffer {
  const payload = Buffer.from(text);
  const head = Buffer.from([0x81, 0x80 | 126, payload.length >> 8, payload.length & 255, 0, 0, 0, 0]);
  return Buffer.concat([head, payload]);
}

async function until(isTrue: () => boolean, withinMs: number): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!isTrue()) {
    if (Date.now() > deadline) throw new Error(`not true within ${String(withinMs)} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
