/** Real pictures through MediaMTX: held viewers, recordings beside viewers, passes, pull sources. */
import { expect } from 'chai';
import { stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { MAX_CREDENTIAL_LENGTH } from '../../../ports/auth-provider.js';
import type { MediaServerHooks, ViewerRequest } from '../../../ports/media-server.js';
import { MediaMtxFactory, publishWith, watchWith, withPassword } from '../../worlds/media-server-worlds.js';
import { probeFile, publishTestPattern, until, viewStream } from '../../worlds/media.js';

const signal = new AbortController().signal;
const TOKEN = 'token-of-a-viewer';

describe('media through MediaMTX', function () {
  this.timeout(30_000);
  const factory = new MediaMtxFactory();
  let asked: ViewerRequest[] = [];
  const hooks: MediaServerHooks = {
    authorize: (request) => {
      asked.push(request);
      return Promise.resolve(request.credentials.includes(TOKEN));
    },
    stateChanged: () => undefined,
  };
  beforeEach(() => {
    asked = [];
  });
  afterEach(() => factory.reset());

  /** A viewer of a path that nobody publishes on yet. */
  const held = async () => {
    const { server } = await factory.create();
    await server.start(hooks, signal);
    await server.ensurePath('camera0', { record: false }, signal);
    const url = `${server.viewerUrls('camera0', '127.0.0.1').rtsp}?token=${TOKEN}`;
    const viewer = await viewStream(url);
    factory.onReset(() => viewer.stop());
    await until('the question', () => asked.some((request) => request.credentials.includes(TOKEN)));
    return { server, viewer, url };
  };

  it('holds the viewer of an idle path until the publisher comes', async () => {
    const { server, viewer } = await held();
    const wanted = performance.now();
    const publisher = await publishTestPattern({ url: server.publishUrl('camera0') });
    factory.onReset(() => publisher.stop(1_000));
    expect(await viewer.served).to.equal(true);
    console.log(
      `      demand → first packet of the held viewer: ${Math.round(performance.now() - wanted)} ms`,
    );
  });

  it('turns the held viewer away at once when the camera turns out to be out of reach', async () => {
    const { server, viewer, url } = await held();
    const refused = performance.now();
    await server.ensurePath('camera0', { record: false, refusesViewers: true }, signal);
    expect(await viewer.served).to.equal(false);
    console.log(`      refusal → end of the held viewer: ${Math.round(performance.now() - refused)} ms`);
    // Held, it would wait for ten seconds.
    expect(performance.now() - refused).to.be.lessThan(8_000);
    const next = await viewStream(url);
    factory.onReset(() => next.stop());
    expect(await next.served).to.equal(false);
    expect(next.tail().join()).to.match(/404/);
    await server.ensurePath('camera0', { record: false }, signal);
    const publisher = await publishTestPattern({ url: server.publishUrl('camera0') });
    factory.onReset(() => publisher.stop(1_000));
    await until('pictures again', async () => (await server.paths(signal))[0]?.ready === true, 10_000);
  });

  it('asks with the token of a Bearer header or of the query of WHEP', async () => {
    const { server } = await factory.create();
    await server.start(hooks, signal);
    await server.ensurePath('camera0', { record: false }, signal);
    const whep = `${server.viewerUrls('camera0', '127.0.0.1').webrtc}whep`;
    const options = (query: string, headers: Record<string, string> = {}): Promise<Response> =>
      fetch(whep + query, { method: 'OPTIONS', headers });
    expect((await options('')).status).to.equal(401);
    expect((await options(`?token=${TOKEN}`)).status).to.equal(204);
    expect((await options('', { authorization: `Bearer ${TOKEN}` })).status).to.equal(204);
    expect(asked.map((request) => request.credentials)).to.deep.equal([[], [TOKEN], [TOKEN]]);
    expect(asked[0]).to.include({ path: 'camera0', protocol: 'webrtc', address: '127.0.0.1' });
  });

  it('asks with a credential of any length that the API takes', async () => {
    const { server } = await factory.create();
    const longest = 'x'.repeat(MAX_CREDENTIAL_LENGTH);
    const authorize = (request: ViewerRequest): Promise<boolean> => {
      asked.push(request);
      return Promise.resolve(request.credentials.includes(longest));
    };
    await server.start({ ...hooks, authorize }, signal);
    await server.ensurePath('camera0', { record: false }, signal);
    const { webrtc, hls, rtsp } = server.viewerUrls('camera0', '127.0.0.1');
    const whep = (query: string, headers: Record<string, string> = {}): Promise<Response> =>
      fetch(`${webrtc}whep${query}`, { method: 'OPTIONS', headers });
    expect((await whep(`?token=${longest}`)).status).to.equal(204);
    expect((await whep('', { authorization: `Bearer ${longest}` })).status).to.equal(204);
    expect((await whep(`?token=${longest}x`)).status).to.equal(401);
    const watching = new AbortController();
    // The first answer leads to itself with a cookie; here it is sent at once. The playlist is held until somebody publishes.
    const playlist = fetch(`${hls}?cookieCheck=1&token=${longest}`, {
      headers: { cookie: 'cookieCheck=1' },
      signal: watching.signal,
    });
    playlist.catch(() => undefined);
    await until('the question for HLS', () => asked.some(({ protocol }) => protocol === 'hls'));
    watching.abort();
    expect(asked.find(({ protocol }) => protocol === 'hls')?.credentials).to.deep.equal([longest]);
    // MediaMTX itself takes no line of RTSP that is longer than 2048 characters.
    expect(await describeStream(`${rtsp}?token=${'y'.repeat(1_900)}`)).to.match(/401/);
    expect(asked.at(-1)?.credentials).to.deep.equal(['y'.repeat(1_900)]);
  });

  it('records without a viewer, and beside one without losing a packet', async () => {
    const { server, dir, recordings } = await factory.create();
    await server.start(hooks, signal);
    const began = performance.now();
    await server.ensurePath('camera0', { record: false }, signal);
    const made = performance.now() - began;
    await publishWith(factory, server, server.publishUrl('camera0'));
    const viewer = await watchWith(
      factory,
      withPassword(server.viewerUrls('camera0', '127.0.0.1').rtsp, TOKEN),
    );
    if (viewer === undefined) throw new Error('the viewer was refused');
    const figures: number[] = [];
    for (let round = 0; round < 3; round++) {
      const toggled = performance.now();
      await server.ensurePath('camera0', { record: { format: 'fmp4', mark: 'm1' } }, signal);
      await until('a file with bytes', async () => {
        const name = (await recordings())[round];
        return name !== undefined && (await stat(join(dir, 'recordings', name))).size > 0;
      });
      figures.push(Math.round(performance.now() - toggled));
      await server.ensurePath('camera0', { record: false }, signal);
    }
    console.log(
      `      first ensurePath: ${made.toFixed(1)} ms; record → first bytes on disk: ${figures.join(', ')} ms`,
    );
    const packets = viewer.packets();
    await server.stop(signal);
    expect(gaps(packets, 1 / 15)).to.deep.equal([]);
    for (const name of await recordings()) {
      expect(name).to.match(/^camera0_\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d-\d{6}_m1\.mp4$/);
      const file = await probeFile(join(dir, 'recordings', name));
      expect(file.errors).to.deep.equal([]);
      expect(file.frames).to.be.greaterThan(0);
      expect(gaps(file.timestamps, 1 / 15)).to.deep.equal([]);
    }
  });

  it('refuses a wrong token, a spent pass and a pass of another path', async () => {
    const { server } = await factory.create();
    await server.start(hooks, signal);
    for (const path of ['camera0', 'camera1']) await server.ensurePath(path, { record: false }, signal);
    const url = server.publishUrl('camera0');
    const first = await publishWith(factory, server, url);
    expect(first, 'fresh').not.to.equal(undefined);
    await first?.stop();
    await until('free path', async () => (await server.paths(signal)).every(({ ready }) => !ready), 5_000);
    expect(await publishWith(factory, server, url), 'spent').to.equal(undefined);
    const elsewhere = server.publishUrl('camera0').replace('camera0', 'camera1');
    expect(await publishWith(factory, server, elsewhere), 'of another path').to.equal(undefined);
    const { rtsp } = server.viewerUrls('camera0', '127.0.0.1');
    expect(await watchWith(factory, withPassword(rtsp, 'wrong'))).to.equal(undefined);
  });

  it('pulls a camera on demand, holds it while it is recorded, and counts only real viewers', async () => {
    const camera = await factory.create();
    await camera.server.start({ ...hooks, authorize: () => Promise.resolve(true) }, signal);
    await camera.server.ensurePath('lens', { record: false }, signal);
    await publishWith(factory, camera.server, camera.server.publishUrl('lens'));
    const { server, recordings } = await factory.create();
    await server.start(hooks, signal);
    const pullUrl = camera.server.viewerUrls('lens', '127.0.0.1').rtsp;
    await server.ensurePath('camera0', { record: false, pullUrl }, signal);
    const path = async () => (await server.paths(signal)).find((item) => item.name === 'camera0');
    expect(await server.paths(signal)).to.have.length(1);
    expect(await path()).to.include({ ready: false });
    await server.ensurePath('camera0', { record: { format: 'mpegts', mark: 'm2' }, pullUrl }, signal);
    await until('a recording', async () => (await recordings()).length > 0, 10_000);
    expect(await server.paths(signal)).to.have.length(1);
    await until(
      'ready without viewers',
      async () => (await path())?.ready === true && (await path())?.readers === 0,
    );
    const viewer = await watchWith(
      factory,
      withPassword(server.viewerUrls('camera0', '127.0.0.1').rtsp, TOKEN),
    );
    await until('one viewer', async () => (await path())?.readers === 1);
    await server.ensurePath('camera0', { record: false, pullUrl }, signal);
    await until('still one viewer', async () => (await path())?.readers === 1);
    expect(viewer?.isAlive()).to.equal(true);
    expect((await recordings())[0]).to.match(/^camera0_.*\.ts$/);
  });
});

/** Distances between neighbours that are longer than one and a half frames. */
function gaps(times: readonly number[], frameSeconds: number): readonly number[] {
  const steps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
  return steps.filter((step) => step > frameSeconds * 1.5 || step <= 0);
}

/** The status of the answer to a DESCRIBE; empty when the server hangs up. */
function describeStream(url: string): Promise<string> {
  const { port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), '127.0.0.1');
    let answer = '';
    // MediaMTX asks the service before it answers; on a busy machine that takes its time.
    socket.setTimeout(20_000, () => socket.destroy());
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      answer += chunk.toString();
      socket.end();
    });
    socket.once('close', () => resolve(answer.split('\r\n')[0] ?? ''));
    socket.write(`DESCRIBE ${url} RTSP/1.0\r\nCSeq: 1\r\n\r\n`);
  });
}
