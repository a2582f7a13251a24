/** The whole service with its own defaults, and those who come to its two ports: crowds, proxies, curl. */
import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { promisify } from 'node:util';
import { startService, type RunningService } from '../../worlds/service.js';
import { until } from '../../worlds/media.js';
import { connectWs, type WsClient } from '../../worlds/ws-client.js';

const run = promisify(execFile);
/** One less than the connections of one address that may wait (`server.max_waiting_per_address`). */
const CROWD = 1_999;
const HANDSHAKE =
  'GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
  'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n';
const IN_MEMORY = Object.fromEntries(
  ['device_event_source', 'camera_probe', 'frame_grabber', 'capture', 'media_server'].map((port) => [
    `adapters.${port}`,
    'memory',
  ]),
);

describe('the whole service', function () {
  this.timeout(120_000);
  let service: RunningService;
  let proxy: Server;
  const sockets = new Set<Socket>();

  before(async () => {
    service = await startService({
      profile: 'production',
      set: { ...IN_MEMORY, 'server.trusted_proxies': '["127.0.0.3"]' },
    });
    proxy = reverseProxy(service.ports.api);
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  });
  after(async () => {
    proxy?.closeAllConnections();
    proxy?.close();
    await service?.stop();
  });

  const crowd = async (says: string): Promise<void> => {
    for (let left = CROWD; left > 0; left -= 100)
      await Promise.all(
        Array.from({ length: Math.min(100, left) }, () => silent(service.ports.api, says, sockets)),
      );
  };
  const admin = async (): Promise<void> => {
    const token = await service.token('admin');
    const shown = await connectWs(service.wsUrl, { headers: { authorization: `Bearer ${token}` } });
    expect(await shown.call('get_status')).to.have.property('status');
    const asking = await connectWs(service.wsUrl);
    await asking.call('authenticate', { auth_token: token });
    expect(await asking.call('get_status')).to.have.property('status');
    const file = await fetch(`${service.httpUrl}/files/recordings/none.mp4`, {
      headers: { authorization: `Bearer ${token}`, connection: 'close' },
    });
    expect([file.status, await file.text()]).to.satisfy(
      ([status, text]: [number, string]) => status === 404 && text.includes('FILE_NOT_FOUND'),
    );
    // What came in stays in while others keep coming.
    for (let count = 0; count < 50; count += 1) await silent(service.ports.api, HANDSHAKE, sockets);
    for (const client of [shown, asking]) {
      expect(await client.call('get_status')).to.have.property('status');
      await client.close();
    }
  };

  it('lets an admin in past 1999 silent connections from the same machine', async () => {
    await crowd('');
    await admin();
  });
  it('lets an admin in past 1999 silent WebSockets from the same machine', async () => {
    await crowd(HANDSHAKE);
    await admin();
  });
  it('lets an admin in past 1999 requests that never end', async () => {
    await crowd('GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ');
    await admin();
  });

  it('answers a call in the same segment as the login as one of somebody who is logged in', async () => {
    const calls = [
      {
        jsonrpc: '2.0',
        id: 1,
        method: 'authenticate',
        params: { auth_token: await service.token('viewer') },
      },
      { jsonrpc: '2.0', id: 2, method: 'get_status' },
    ];
    for (let round = 0; round < 30; round += 1) {
      const socket = connect(service.ports.api, '127.0.0.1');
      sockets.add(socket);
      let heard = '';
      socket.on('data', (data: Buffer) => (heard += data.toString('latin1')));
      socket.write(HANDSHAKE);
      await until('the handshake', () => heard.includes('\r\n\r\n'));
      socket.write(Buffer.concat(calls.map((call) => textFrame(JSON.stringify(call)))));
      await until('both answers', () => heard.includes('"id":1}') && heard.includes('"id":2}'));
      expect(heard).not.to.contain('"error"');
      socket.destroy();
    }
  });

  describe('asked by curl', () => {
    const curl = (...words: readonly string[]): Promise<{ readonly code: number; readonly text: string }> =>
      run('curl', [
        '--silent',
        '--show-error',
        '--max-time',
        '20',
        '--write-out',
        ' %{http_code}',
        ...words,
      ]).then(
        ({ stdout }) => ({ code: 0, text: stdout }),
        (error: { code: number; stdout: string; stderr: string }) => ({
          code: error.code,
          text: error.stdout + error.stderr,
        }),
      );

    it('for HTTP/2 by upgrade, answers in HTTP/1.1 on both ports', async () => {
      for (const url of [`${service.httpUrl}/openrpc.json`, `${service.healthUrl}/health/live`]) {
        const { code, text } = await curl('--http2', url);
        expect([code, text.slice(-4)], text.slice(-200)).to.deep.equal([0, ' 200']);
      }
      const { text } = await curl('--http2', '--data', '{}', `${service.httpUrl}/openrpc.json`);
      expect(text.slice(-4)).to.equal(' 405');
    });
    it('for HTTP/2 outright, refuses at once and goes on', async () => {
      for (const url of [`${service.httpUrl}/openrpc.json`, `${service.healthUrl}/health/live`]) {
        const { code } = await curl('--http2-prior-knowledge', url);
        expect(code, 'a failure of curl').to.be.above(0);
        expect(code, 'its own patience is over').not.to.equal(28);
        expect((await curl(url)).code).to.equal(0);
      }
    });
  });

  describe('behind a proxy that it trusts', () => {
    const proxied = (path: string): string => `${String((proxy.address() as AddressInfo).port)}${path}`;
    const clients: WsClient[] = [];
    const client = async (headers: Readonly<Record<string, string>> = {}): Promise<WsClient> => {
      const one = await connectWs(`ws://127.0.0.1:${proxied('/cams/ws')}`, { headers });
      clients.push(one);
      await one.call('authenticate', { auth_token: await service.token('operator') });
      return one;
    };
    after(() => Promise.all(clients.map((one) => one.close())));

    it('gives links and media URLs under the name that the client used', async () => {
      const one = await client({ 'x-forwarded-host': 'evil.example', 'x-forwarded-for': '192.0.2.66' });
      const snapshot = await one.call<{ filename: string }>('take_snapshot', { device: 'camera0' });
      const { download_url: link } = await one.call<{ download_url: string }>('get_snapshot_info', {
        filename: snapshot.filename,
      });
      expect(link).to.match(/^https:\/\/cam\.example\/cams\/files\/snapshots\//);
      const inner = link.replace('https://cam.example', `http://127.0.0.1:${proxied('')}`);
      const bytes = await fetch(inner, { headers: { range: 'bytes=0-1', connection: 'close' } });
      expect([bytes.status, (await bytes.arrayBuffer()).byteLength]).to.deep.equal([206, 2]);
      const { urls } = await one.call<{ urls: Record<string, string> }>('get_stream_url', {
        device: 'camera0',
      });
      for (const url of Object.values(urls)) expect(new URL(url).hostname, url).to.equal('cam.example');
    });

    it('keeps the client itself in the audit trail, whatever it says of itself', async () => {
      await client({ 'x-forwarded-for': '192.0.2.66' });
      const entries = async (): Promise<readonly { address?: string; method?: string }[]> =>
        (await readFile(service.path('logs', 'audit.jsonl'), 'utf8'))
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as { address?: string; method?: string });
      await until('a login in the audit trail', async () =>
        (await entries()).some(
          ({ method, address }) => method === 'authenticate' && address === '203.0.113.9',
        ),
      );
      expect((await entries()).some(({ address }) => address === '192.0.2.66')).to.equal(false);
    });

    it('believes nobody else', async () => {
      const headers = { 'x-forwarded-for': '192.0.2.66', 'x-forwarded-host': 'evil.example' };
      const one = await connectWs(service.wsUrl, { headers });
      clients.push(one);
      await one.call('authenticate', { auth_token: await service.token('operator') });
      const { urls } = await one.call<{ urls: Record<string, string> }>('get_stream_url', {
        device: 'camera0',
      });
      for (const url of Object.values(urls)) expect(new URL(url).hostname, url).to.equal('127.0.0.1');
    });
  });
});

/** A text frame of 126 to 65535 bytes, or of less, with a mask of zeros. */
function textFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const { length } = payload;
  const size = length < 126 ? [0x80 | length] : [0x80 | 126, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([0x81, ...size, 0, 0, 0, 0]), payload]);
}

/** Connects, says this, and never anything else. */
async function silent(port: number, says: string, sockets: Set<Socket>): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  sockets.add(socket);
  await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve));
  if (says !== '') socket.write(says);
}

/**
 * A proxy at 127.0.0.3 for `https://cam.example/cams`, as its users configure one: it appends the client to `X-Forwarded-For`, writes
 * the other headers anew and takes the prefix off. All its clients are 203.0.113.9.
 */
function reverseProxy(port: number): Server {
  const forward = (request: IncomingMessage) => {
    const before = request.headers['x-forwarded-for'];
    const headers = {
      ...request.headers,
      'x-forwarded-for': `${before === undefined ? '' : `${String(before)}, `}203.0.113.9`,
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'cam.example',
      'x-forwarded-prefix': '/cams',
    };
    const path = (request.url ?? '/').replace(/^\/cams/, '');
    const { method = 'GET' } = request;
    return httpRequest({
      host: '127.0.0.1',
      port,
      localAddress: '127.0.0.3',
      path,
      method,
      headers,
      agent: false,
    });
  };
  const server = createServer((request, response) => {
    const inner = forward(request);
    inner.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    inner.on('error', () => response.destroy());
    request.pipe(inner);
  });
  server.on('upgrade', (request, socket, head) => {
    const inner = forward(request);
    inner.on('error', () => socket.destroy());
    inner.on('upgrade', (answer, innerSocket, first) => {
      const lines = Object.entries(answer.headers).map(([name, value]) => `${name}: ${String(value)}`);
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('\r\n')}\r\n\r\n`);
      innerSocket.write(head);
      socket.write(first);
      innerSocket.pipe(socket).pipe(innerSocket);
      for (const each of [innerSocket, socket]) each.on('error', () => socket.destroy());
    });
    inner.end();
  });
  return server;
}
