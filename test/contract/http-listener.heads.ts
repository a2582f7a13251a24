/** The sections of the listener's contract about what the head of a request says: hosts, clients, other protocols. */
import { expect } from 'chai';
import type { HttpClient, HttpListener } from '../../ports/index.js';
import type { HttpListenerWorld, ListenerAnswer, ListenerRequest } from './http-listener.world.js';
import { afterEach, beforeEach, describe, it } from './runner.contract.js';

type Headers = NonNullable<ListenerRequest['headers']>;

const never = (): AbortSignal => new AbortController().signal;

export function headSections(world: HttpListenerWorld, listener: () => HttpListener): void {
  describe('hosts', () => hostSection(world, listener));
  describe('clients', () => clientSection(world, listener));
  describe('other protocols', () => protocolSection(world, listener));
}

function hostSection(world: HttpListenerWorld, listener: () => HttpListener): void {
  let asked = 0;
  const answer = (headers: Headers): Promise<ListenerAnswer> =>
    world.request(listener(), { target: '/it', headers });
  const refuses = async (host: string | readonly string[]): Promise<void> => {
    const { status, body } = await answer({ host });
    expect(status, JSON.stringify(host)).to.equal(400);
    expect(JSON.parse(Buffer.from(body).toString())).to.have.nested.property('error.code', 'INVALID_REQUEST');
    expect(asked, 'the route is not asked').to.equal(0);
  };
  beforeEach(() => {
    asked = 0;
    listener().route('/it', () => {
      asked += 1;
      return Promise.resolve({ status: 200 });
    });
  });

  it('[host-once] refuses a second Host header, even if it is identical', async () => {
    await refuses(['a.example', 'b.example']);
    await refuses(['a.example', 'a.example']);
  });
  it('[host-missing] refuses a request without a Host header', () => refuses([]));
  it('[host-malformed] refuses a Host header that is not a name or an address with an optional port', async () => {
    for (const host of [
      'a, b',
      'a b',
      'user@a',
      'a/b',
      'http://a',
      'a?b',
      'a:b',
      'a:99999',
      '[::1',
      '256.1.1.1',
      'a#b',
    ])
      await refuses(host);
  });
  it('[host-kinds] accepts names, addresses and ports', async () => {
    for (const host of ['a', 'A.example.', 'a_b:80', '192.0.2.1:8002', '[2001:db8::1]', '[::1]:80'])
      expect((await answer({ host })).status, host).to.equal(200);
    expect(asked).to.equal(6);
  });
}

function clientSection(world: HttpListenerWorld, direct: () => HttpListener): void {
  let proxied: HttpListener;
  beforeEach(async () => {
    proxied = world.createBehindProxy();
    await proxied.start(never());
  });
  afterEach(() => proxied.stop(AbortSignal.abort()));

  const HOST = { host: 'inner.example:8002' };
  const INNER = 'http://inner.example:8002';
  const CUSTOMARY = {
    'x-forwarded-for': '198.51.100.7, 203.0.113.9',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'cam.example',
    'x-forwarded-prefix': '/cams',
  };
  const STANDARD = { forwarded: 'for=198.51.100.7, for="[2001:db8::9]:47";proto=https;host=cam.example' };
  const clientOf = async (listener: HttpListener, headers: Headers): Promise<HttpClient> => {
    let seen: HttpClient | undefined;
    const remove = listener.route('/who', ({ client }) => {
      seen = client;
      return Promise.resolve({ status: 200 });
    });
    await world.request(listener, { target: '/who', headers: { ...HOST, ...headers } });
    remove();
    return seen as HttpClient;
  };

  it('[client-direct] reports the address of the connection and the host of the request', async () => {
    expect(await clientOf(direct(), {})).to.deep.equal({ address: world.clientAddress, baseUrl: INNER });
  });
  it('[client-untrusted] ignores forwarding headers from an untrusted address', async () => {
    for (const headers of [CUSTOMARY, STANDARD, { ...CUSTOMARY, ...STANDARD }])
      expect(await clientOf(direct(), headers)).to.deep.equal({
        address: world.clientAddress,
        baseUrl: INNER,
      });
  });
  it('[client-forwarded] reports the client named by a trusted proxy, with either kind of header', async () => {
    expect(await clientOf(proxied, CUSTOMARY)).to.deep.equal({
      address: '203.0.113.9',
      baseUrl: 'https://cam.example/cams',
    });
    expect(await clientOf(proxied, STANDARD)).to.deep.equal({
      address: '2001:db8::9',
      baseUrl: 'https://cam.example',
    });
  });
  it('[client-nearest] trusts only the nearest proxy, not what its client sent', async () => {
    const headers = { 'x-forwarded-for': ['192.0.2.66', '192.0.2.67, 203.0.113.9'] };
    expect((await clientOf(proxied, headers)).address).to.equal('203.0.113.9');
    expect((await clientOf(proxied, { 'x-forwarded-for': 'rubbish' })).address).to.equal(world.clientAddress);
  });
  it('[client-smuggled] does not let a client choose its address, scheme or host with a second kind of header', async () => {
    const evil = 'for=192.0.2.66;proto=https;host=evil.example';
    expect(await clientOf(proxied, { 'x-forwarded-for': '203.0.113.9', forwarded: evil })).to.deep.equal({
      address: world.clientAddress,
      baseUrl: INNER,
    });
    const own = 'for=203.0.113.9;proto=https;host=evil.example';
    expect(await clientOf(proxied, { 'x-forwarded-for': '203.0.113.9', forwarded: own })).to.deep.equal({
      address: '203.0.113.9',
      baseUrl: INNER,
    });
  });
}

function protocolSection(world: HttpListenerWorld, listener: () => HttpListener): void {
  const UPGRADE = { connection: 'Upgrade' };
  const WEBSOCKET = { ...UPGRADE, upgrade: 'websocket', 'sec-websocket-version': '13' };
  beforeEach(() => {
    listener().upgrade('/ws', () => {
      throw new Error('this handler is not to be asked');
    });
    listener().route('/', async (request) => ({ status: 200, body: await request.body(100) }));
  });

  it('[upgrade-ignored] answers a request for an unsupported upgrade as if it did not ask for one', async () => {
    const asks: readonly [string, Headers][] = [
      ['/', { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABk' }],
      ['/ws', { ...UPGRADE, upgrade: 'h2c' }],
      ['/ws', { ...UPGRADE, upgrade: 'websocketish, foo/2' }],
      ['/elsewhere', WEBSOCKET],
      ['/', UPGRADE],
    ];
    for (const [target, headers] of asks) {
      const what = `${target} ${JSON.stringify(headers)}`;
      expect((await world.request(listener(), { target, headers })).status, what).to.equal(200);
    }
  });
  it('[upgrade-body] reads the body of a request that is not upgraded', async () => {
    for (const [target, headers] of [
      ['/', { ...UPGRADE, upgrade: 'h2c' }],
      ['/ws', WEBSOCKET],
    ] as const) {
      const request = { method: 'POST', target, headers, body: Buffer.from('hello') };
      const { status, body } = await world.request(listener(), request);
      expect([status, Buffer.from(body).toString()]).to.deep.equal([200, 'hello']);
    }
  });
  it('[upgrade-host] refuses a handshake with an invalid Host header', async () => {
    const headers = { ...WEBSOCKET, host: ['a.example', 'b.example'] };
    expect((await world.request(listener(), { target: '/ws', headers })).status).to.equal(400);
  });
  it('[upgrade-among-others] accepts a WebSocket that is offered among other protocols', async () => {
    let taken = 0;
    listener().upgrade('/taken', ({ socket }) => {
      taken += 1;
      (socket as { destroy?: () => void }).destroy?.();
    });
    expect(await world.upgrade(listener(), '/taken', 'h2c, WebSocket')).to.equal(true);
    expect([taken, await world.upgrade(listener(), '/taken', 'h2c')]).to.deep.equal([1, false]);
  });
}
