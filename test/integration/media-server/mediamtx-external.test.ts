/** An external MediaMTX: started by the test, as an operator would. */
import { expect } from 'chai';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { spawnOwned, type OwnedChild } from '../../../adapters/_shared/child-process.js';
import type { MediaServerHooks, MediaServerState } from '../../../ports/media-server.js';
import { isPortError } from '../../../ports/port-error.js';
import { MediaMtxFactory, publishWith, silentLog, watchWith } from '../../worlds/media-server-worlds.js';
import { freePort, mediamtxBin, tempDir, until } from '../../worlds/media.js';

const signal = new AbortController().signal;
const SECRET = 'secret-of-the-callback-0';
const failure = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('an external MediaMTX', function () {
  this.timeout(20_000);
  const factory = new MediaMtxFactory();
  let states: MediaServerState[] = [];
  const hooks: MediaServerHooks = {
    authorize: () => Promise.resolve(true),
    stateChanged: (state) => states.push(state),
  };
  beforeEach(() => {
    states = [];
  });
  afterEach(() => factory.reset());

  it('is watched without asking it, authenticated by the callback, and noticed when it was started again', async () => {
    const [api, rtsp, auth] = [await freePort(), await freePort(), await freePort()];
    const operator = await operatorOf(api, rtsp, auth);
    let running = await operator();
    const external = { url: `http://127.0.0.1:${api}`, user: 'operator', password: 'pass word' };
    const ports = { rtspPort: rtsp, webrtcPort: 1, webrtcUdpPort: 1, hlsPort: 2 };
    const { server } = await factory.create({
      ...{ mode: 'external', ...external, ...ports },
      ...{ authPort: auth, authSecret: SECRET },
      // Only the end of the connection can tell.
      pollIntervalMs: 3_600_000,
    });
    await server.start(hooks, signal);
    await until('ready', () => server.state().status === 'ready');
    expect(server.state()).to.include({ epoch: 1, version: 'v1.20.1' });
    await server.ensurePath('camera0', { record: false }, signal);
    expect(await publishWith(factory, server, server.publishUrl('camera0'))).not.to.equal(undefined);
    await running.stop(5_000);
    await until('down', () => server.state().status === 'down');
    running = await operator();
    await until('new epoch', () => server.state().status === 'ready' && server.state().epoch === 2);
    await server.ensurePath('camera0', { record: false }, signal);
    await server.stop(signal);
    const last = states.map((state) => state.status).slice(-4);
    expect(last).to.deep.equal(['ready', 'down', 'ready', 'down']);
    expect(running.process.exitCode, 'an external server is not ours to stop').to.equal(null);
  });

  it('is asked again about viewers who were let in during an earlier run', async () => {
    const [api, rtsp, auth] = [await freePort(), await freePort(), await freePort()];
    await (
      await operatorOf(api, rtsp, auth)
    )();
    const external = { url: `http://127.0.0.1:${api}`, user: 'operator', password: 'pass word' };
    const ports = { rtspPort: rtsp, webrtcPort: 1, webrtcUdpPort: 1, hlsPort: 2 };
    const places = { ...external, ...ports, authPort: auth, authSecret: SECRET };
    const begin = async () => {
      const { server } = await factory.create({ mode: 'external', ...places, pollIntervalMs: 100 });
      await server.start(hooks, signal);
      await until('ready', () => server.state().status === 'ready');
      return server;
    };
    const first = await begin();
    await first.ensurePath('camera0', { record: false }, signal);
    const publisher = await publishWith(factory, first, first.publishUrl('camera0'));
    const viewer = await watchWith(factory, `rtsp://127.0.0.1:${rtsp}/camera0?token=revoked-meanwhile`);
    expect(viewer?.isAlive()).to.equal(true);
    await first.stop(signal);
    expect(viewer?.isAlive(), 'the server goes on without us').to.equal(true);
    const second = await begin();
    await until('end of the viewer', () => viewer?.isAlive() === false);
    expect(publisher?.isAlive).to.equal(true);
    const later = await watchWith(factory, `rtsp://127.0.0.1:${rtsp}/camera0?token=good`);
    await second.paths(signal);
    expect(later?.isAlive()).to.equal(true);
  });

  it('is refused when it is too old, and warned about when it is another version', async () => {
    const warnings: string[] = [];
    const log = { ...silentLog, warn: (message: string) => warnings.push(message) };
    const fake = await fakeApi('v1.15.5');
    const external = { url: fake.url };
    const old = await factory.create({ mode: 'external', ...external }, { log });
    const error = await failure(old.server.start(hooks, signal));
    expect(isPortError(error, 'OPTION_INVALID') && error.message).to.include('v1.15.5');
    fake.version = 'v1.21.0';
    const newer = await factory.create({ mode: 'external', ...external }, { log });
    await newer.server.start(hooks, signal);
    expect(newer.server.state().status).to.equal('ready');
    expect(warnings.join()).to.include('v1.21.0 is not v1.20.1, the version that is tested');
  });

  it('stops asking after five failures and asks again after the pause', async () => {
    const fake = await fakeApi('v1.20.1');
    const { server } = await factory.create({ mode: 'external', url: fake.url, breakerPauseMs: 200 });
    await server.start(hooks, signal);
    fake.status = 500;
    for (let i = 0; i < 5; i++) {
      const error = await failure(server.paths(signal));
      expect(isPortError(error, 'MEDIA_SERVER_UNREACHABLE') && error.detail['retryAfterMs']).to.equal(
        undefined,
      );
    }
    const asked = fake.calls;
    const error = await failure(server.paths(signal));
    expect(isPortError(error) && error.detail['retryAfterMs']).to.be.within(1, 200);
    expect(fake.calls).to.equal(asked);
    fake.status = 200;
    await until('healed', async () => (await failure(server.paths(signal))) === undefined);
  });

  async function operatorOf(api: number, rtsp: number, auth: number): Promise<() => Promise<OwnedChild>> {
    const dir = await tempDir();
    factory.onReset(() => dir.remove());
    const file = join(dir.path, 'mediamtx.yml');
    const config = {
      api: true,
      apiAddress: `127.0.0.1:${api}`,
      authMethod: 'http',
      authHTTPAddress: `http://127.0.0.1:${auth}/${SECRET}`,
      rtspAddress: `127.0.0.1:${rtsp}`,
      rtspTransports: ['tcp'],
      authHTTPExclude: [],
      ...{ rtmp: false, hls: false, webrtc: false, srt: false, moq: false },
      paths: {},
    };
    await writeFile(file, JSON.stringify(config));
    return async () => {
      const child = await spawnOwned({ label: 'operator', command: mediamtxBin(), args: [file] });
      child.process.stdout?.resume();
      factory.onReset(() => child.stop(5_000));
      return child;
    };
  }

  /** An API that says what the test wants: real servers are neither old nor broken on demand. */
  async function fakeApi(
    version: string,
  ): Promise<{ url: string; version: string; status: number; calls: number }> {
    const fake = { url: '', version, status: 200, calls: 0 };
    const server: Server = createServer((request, response) => {
      const isInfo = request.url === '/v3/info';
      if (!isInfo) fake.calls += 1;
      response.writeHead(isInfo ? 200 : fake.status, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify(isInfo ? { version: fake.version, started: 'then' } : { pageCount: 1, items: [] }),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    factory.onReset(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    fake.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return fake;
  }
});
