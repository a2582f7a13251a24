import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createFfmpegCapture } from '../../../adapters/capture/ffmpeg/ffmpeg-capture.js';
import { spawnOwned } from '../../../adapters/_shared/child-process.js';
import type { CaptureSession } from '../../../ports/capture.js';
import type { SourceDescriptor } from '../../../ports/device-event-source.js';
import { readBarcode } from '../../worlds/barcode.js';
import { isRunning, poll, startBareMediaMtx, type BareMediaMtx } from '../../worlds/bare-mediamtx.js';
import { ffmpegBin, freePort, tempDir } from '../../worlds/media.js';
import { openSyntheticWorld, realClock, silentLog, type SyntheticWorld } from '../../worlds/synthetic.js';

const SECONDS = 15_000;
/** Far above what is usual (some 5 ms), far below what a buffered picture would have. */
const OLDEST_P50_MS = 250;

describe('capture/ffmpeg on a synthetic camera and a bare MediaMTX', function () {
  this.timeout(60_000);
  let server: BareMediaMtx;
  let world: SyntheticWorld;
  let paths = 0;
  const sessions: CaptureSession[] = [];

  before(async () => void (server = await startBareMediaMtx()));
  after(() => server.stop());
  beforeEach(async () => {
    world = await openSyntheticWorld([{ name: 'Test camera', width: 640, height: 480, fps: 15 }]);
  });
  afterEach(async () => {
    await Promise.all(sessions.splice(0).map((session) => session.stop(0)));
    await world.close();
  });

  const start = async (
    publishUrl = server.rtspUrl(`camera${(paths += 1)}`),
    ffmpegPath = ffmpegBin(),
  ): Promise<CaptureSession> => {
    const options = {
      ffmpegPath,
      runDir: world.runDir,
      maxBitrateKbps: 4000,
      encoderThreads: 1,
      maxFrameBytes: 4 * 1024 * 1024,
    };
    const capture = createFfmpegCapture(options, { log: silentLog, clock: realClock });
    const source = world.sources[0] as SourceDescriptor;
    const job = { camera: 'camera1', source, format: world.format(1), publishUrl, tapFps: 5 };
    const session = await capture.start(job, new AbortController().signal);
    sessions.push(session);
    return session;
  };

  it('publishes with an ffmpeg that knows no options newer than those of 4.3', async () => {
    const folder = await tempDir();
    const old = join(folder.path, 'ffmpeg');
    const refuse = ['fps_mode', 'stats_period'].map(
      (name) => `[ "$word" = -${name} ] && { echo "Unrecognized option '${name}'." >&2; exit 1; }`,
    );
    const lines = ['#!/bin/sh', 'for word in "$@"; do :', ...refuse, 'done', `exec ${ffmpegBin()} "$@"`, ''];
    await writeFile(old, lines.join('\n'), { mode: 0o755 });
    await world.close();
    world = await openSyntheticWorld([{ name: 'Test camera', width: 640, height: 480, fps: 15 }], old);
    const session = await start(undefined, old);
    await session.next(0, AbortSignal.timeout(SECONDS));
    await poll(() => server.isReady(`camera${paths}`), SECONDS);
    await session.stop(1_000);
    await folder.remove();
  });

  it('publishes pictures that an RTSP reader decodes, with the time strip in them', async () => {
    const session = await start();
    await session.next(0, AbortSignal.timeout(SECONDS));
    await poll(() => server.isReady(`camera${paths}`), SECONDS);
    const folder = await tempDir();
    const picture = join(folder.path, 'picture.jpg');
    const reader = await spawnOwned({
      label: 'reader',
      command: ffmpegBin(),
      args: [
        ...[
          '-nostdin',
          '-loglevel',
          'error',
          '-rtsp_transport',
          'tcp',
          '-i',
          server.rtspUrl(`camera${paths}`),
        ],
        ...['-frames:v', '10', '-update', '1', '-q:v', '2', picture],
      ],
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const { code } = await reader.exited;
    expect(code, reader.tail().join('\n')).to.equal(0);
    const age = Date.now() - readBarcode(readFileSync(picture)).generatedAtMs;
    expect(age).to.be.within(0, SECONDS);
    await poll(() => session.stats().publishedFrames > 10, SECONDS);
    await folder.remove();
  });

  it('hands fresh pictures to the service', async () => {
    const session = await start();
    const ages: number[] = [];
    let sequence = (await session.next(0, AbortSignal.timeout(SECONDS))).sequence;
    while (ages.length < 45) {
      const frame = await session.next(sequence, AbortSignal.timeout(SECONDS));
      sequence = frame.sequence;
      ages.push(frame.capturedAt - readBarcode(frame.jpeg).generatedAtMs);
    }
    ages.sort((a, b) => a - b);
    const [p50, p95] = [ages[22] ?? NaN, ages[42] ?? NaN];
    console.log(`      age of a picture at its arrival: p50 ${p50} ms, p95 ${p95} ms`);
    expect(p50).to.be.within(-5, OLDEST_P50_MS);
  });

  it('ends with publish_failed when nobody takes the stream', async () => {
    const session = await start(`rtsp://127.0.0.1:${await freePort()}/camera?nonce=topsecret`);
    const end = await session.ended;
    expect(end.reason).to.equal('publish_failed');
    expect(JSON.stringify(end)).not.to.contain('topsecret');
  });

  it('stops delivering when the camera freezes, and is ended by force', async () => {
    const session = await start();
    const { sequence } = await session.next(0, AbortSignal.timeout(SECONDS));
    world.source.control.freeze(1);
    const silence = async (): Promise<unknown> => {
      let last = sequence;
      for (;;) last = (await session.next(last, AbortSignal.timeout(1000))).sequence;
    };
    expect(await silence().catch((error: unknown) => error)).to.have.property('name', 'TimeoutError');
    expect(isRunning(session.pid ?? 0), 'still connected').to.equal(true);
    world.source.control.thaw(1);
    await session.next(session.latest()?.sequence ?? 0, AbortSignal.timeout(SECONDS));
    await session.stop(0);
    expect(isRunning(session.pid ?? 0)).to.equal(false);
  });

  it('leaves no process of capture or camera after the stop', async () => {
    const session = await start();
    await session.next(0, AbortSignal.timeout(SECONDS));
    const own = childrenOf(process.pid).filter((pid) => pid !== server.pid);
    expect(own, 'capture and camera').to.have.lengthOf(2);
    await session.stop(2000);
    await poll(() => own.every((pid) => !isRunning(pid)), SECONDS);
  });

  it('opens the camera again right after a stop', async () => {
    for (let turn = 0; turn < 3; turn += 1) {
      const session = await start();
      await session.next(0, AbortSignal.timeout(SECONDS));
      await session.stop(2000);
    }
  });
});

function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}
