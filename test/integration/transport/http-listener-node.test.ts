/** What only a real socket can show of the HTTP listener. */
import { expect } from 'chai';
import { connect } from 'node:net';
import { bindError } from '../../../adapters/http-listener/node/bind-error.js';
import { settingsOf } from '../../../adapters/http-listener/node/options.js';
import { createNodeHttpListener } from '../../../adapters/http-listener/node/node-http-listener.js';
import type { HttpListener } from '../../../ports/index.js';
import { quietLog, requestOverTcp, startedListener } from '../../worlds/transport-worlds.js';

describe('http-listener/node on a socket', () => {
  let listener: HttpListener;

  beforeEach(async () => {
    listener = await startedListener(['https://console.example']);
    listener.route('/a', () => Promise.resolve({ status: 200, body: 'a' }));
  });
  afterEach(() => listener.stop(AbortSignal.abort()));

  it('bytes that are no HTTP get a 400 with a code, and the connection ends', async () => {
    const answer = await say(listener, 'nonsense\r\n\r\n');
    expect(answer).to.match(/^HTTP\/1\.1 400 /);
    expect(answer).to.contain('"code":"INVALID_REQUEST"');
  });

  it('a head that is too long gets 431', async () => {
    const answer = await say(listener, `GET /a HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`);
    expect(answer).to.match(/^HTTP\/1\.1 431 /);
  });

  it('methods that nobody serves get 405, and the absolute form of a target is understood', async () => {
    expect(await say(listener, 'TRACE /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')).to.match(
      / 405 /,
    );
    const absolute = 'GET http://x/a?q HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
    expect(await say(listener, absolute)).to.match(/ 200 /);
  });

  it('answers carry the security headers, and CORS headers for listed origins only', async () => {
    const plain = await requestOverTcp(listener, { path: '/a', headers: { origin: 'https://evil.example' } });
    expect(plain.headers).to.include({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    });
    expect(plain.headers).not.to.have.property('access-control-allow-origin');
    const origin = 'https://console.example';
    const listed = await requestOverTcp(listener, { path: '/a', headers: { origin } });
    expect(listed.headers).to.include({ 'access-control-allow-origin': origin, vary: 'Origin' });
    const headers = { origin, 'access-control-request-method': 'DELETE' };
    const preflight = await requestOverTcp(listener, { path: '/a', method: 'OPTIONS', headers });
    expect([preflight.status, preflight.headers['access-control-allow-methods']]).to.deep.equal([
      204,
      'GET, HEAD, POST, PUT, PATCH, DELETE',
    ]);
  });

  it('an idle connection does not hold up a stop', async () => {
    const { host, port } = listener.address() ?? { host: '', port: 0 };
    const idle = connect({ host, port });
    await new Promise((resolve) => idle.once('connect', resolve));
    const closed = new Promise((resolve) => idle.once('close', resolve));
    await listener.stop(new AbortController().signal);
    await closed;
  });

  it('a connection that is to end does so, also when the answer tells of another protocol', async () => {
    const remove = listener.upgrade('/ws', () => undefined);
    const old = await say(listener, 'GET /ws HTTP/1.0\r\nHost: x\r\n\r\n');
    expect(old).to.match(/^HTTP\/1\.1 426 [^]*\r\nconnection: Upgrade, close\r\n/);
    const asked = 'GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n';
    expect(await say(listener, asked)).to.match(/^HTTP\/1\.1 426 [^]*\r\nconnection: Upgrade, close\r\n/);
    remove();
  });

  it('requests that wait behind one that is cut are forgotten with it', async () => {
    let begun = 0;
    let left = 0;
    const aborted: AbortSignal[] = [];
    listener.route('/endless', ({ signal }) => {
      aborted.push(signal);
      const body = (async function* () {
        begun += 1;
        try {
          for (;;) yield Buffer.alloc(65_536);
        } finally {
          left += 1;
        }
      })();
      return Promise.resolve({ status: 200, body });
    });
    listener.route('/never', ({ signal }) => {
      aborted.push(signal);
      return new Promise(() => undefined);
    });
    const { host, port } = listener.address() ?? { host: '', port: 0 };
    const socket = connect({ host, port });
    const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;
    socket.write(get('/never') + get('/endless') + get('/endless'));
    await until(() => begun === 2);
    socket.destroy();
    await until(() => left === 2 && aborted.length === 3 && aborted.every((signal) => signal.aborted));
    await listener.stop(new AbortController().signal);
  });

  it('a body of another length than promised breaks the connection', async () => {
    const body = (async function* () {
      yield Buffer.from('too long');
    })();
    listener.route('/liar', () => Promise.resolve({ status: 200, headers: { 'content-length': '3' }, body }));
    const outcome = await requestOverTcp(listener, { path: '/liar' }).then(
      (answer) => answer.status,
      () => 'broken',
    );
    expect(outcome).to.equal('broken');
  });

  it('wrong options are refused at once, addresses that cannot be had at the start', async () => {
    const create = (host: string, port: number): HttpListener =>
      createNodeHttpListener({ host, port, key: 'health.port' }, { log: quietLog });
    expect(() => create('127.0.0.1', 70_000))
      .to.throw()
      .with.property('code', 'OPTION_INVALID');
    const error: unknown = await create('203.0.113.1', 0)
      .start(new AbortController().signal)
      .catch((e: unknown) => e);
    expect(error).to.have.property('code', 'ADDRESS_UNAVAILABLE');
    expect(error).to.have.nested.property('detail.key', 'health.port');
    expect(error)
      .to.have.property('message')
      .that.matches(/^203\.0\.113\.1:0 is not an address of this machine; set .* health\.host$/);
  });

  it('says why each address cannot be had, and which key to change', () => {
    const settings = settingsOf({ host: 'cam', port: 80 });
    const said = (code: string): string =>
      bindError(settings, Object.assign(new Error('x'), { code })).message;
    expect(said('EADDRINUSE')).to.match(/^cam:80 is in use; .* server\.port$/);
    expect(said('EACCES')).to.match(/by this user, .* CAP_NET_BIND_SERVICE, or .* server\.port$/);
    expect(said('ENOTFOUND')).to.match(/host name without an address; .* server\.host$/);
    expect(said('EAI_AGAIN')).to.match(/cannot be looked up; .* server\.host$/);
    expect(said('EMFILE')).to.match(/cannot be opened for listening; .* server\.port$/);
  });
});

/** Sends exactly this and reads until the other side ends. */
async function say(listener: HttpListener, text: string): Promise<string> {
  const { host, port } = listener.address() ?? { host: '', port: 0 };
  const socket = connect({ host, port });
  socket.on('error', () => undefined);
  socket.write(text);
  let heard = '';
  socket.on('data', (data: Buffer) => (heard += data.toString()));
  await new Promise((resolve) => socket.once('close', resolve));
  return heard;
}

async function until(isTrue: () => boolean, withinMs = 10_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!isTrue()) {
    if (Date.now() > deadline) throw new Error(`not true within ${String(withinMs)} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
