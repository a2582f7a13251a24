/** How a capture that is handed pictures ends, and what it makes of pictures that are none. */
import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import { publishJpegs } from '../../../plugins/kit/index.js';
import { PortError, type CaptureEnd, type CaptureSession } from '../../../ports/index.js';
import { freePorts, startRtspServer, testParts, until, type RtspServer } from '../../testing/index.js';
import { ffmpegBin } from '../../worlds/media.js';

type Frames = (signal: AbortSignal) => AsyncIterable<Uint8Array>;

const WITHIN_MS = 20_000;
const PICTURE = execFileSync(ffmpegBin(), [
  ...['-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=size=160x120', '-frames:v', '1'],
  ...['-f', 'image2pipe', '-c:v', 'mjpeg', 'pipe:1'],
]);

describe('publishJpegs', function () {
  this.timeout(3 * WITHIN_MS);
  const parts = testParts();
  const sessions: CaptureSession[] = [];
  let server: RtspServer;
  let paths = 0;

  const start = async (frames: Frames, publishUrl = server.rtspUrl(`camera${(paths += 1)}`)) => {
    const job = {
      camera: 'camera1',
      source: { key: 'k', kind: 'test', locator: 'l', name: 'n', hints: {} },
      format: { pixelFormat: 'MJPG', width: 161, height: 121, fps: 10 },
      publishUrl,
      tapFps: 5,
    };
    const { clock, log, directories } = parts;
    const runDir = directories.run;
    const session = await publishJpegs({ job, frames, clock, log, runDir }, new AbortController().signal);
    sessions.push(session);
    return session;
  };
  const pause = (ms: number): Promise<void> => parts.clock.sleep(ms);
  /** Pictures, then the given end. */
  const then = (end: () => void): Frames =>
    async function* () {
      for (let shown = 0; shown < 3; shown += 1) {
        yield PICTURE;
        await pause(50);
      }
      end();
    };

  before(async () => void (server = await startRtspServer()));
  after(async () => {
    await Promise.all(sessions.map((session) => session.stop(0)));
    await server.stop();
    parts.remove();
  });

  const refusal = (code: 'DEVICE_BUSY' | 'DEVICE_GONE', detail = {}): PortError =>
    new PortError(code, { message: 'rtsp://user:secret@camera/', detail });
  const endings: readonly (readonly [string, () => void, Partial<CaptureEnd>])[] = [
    ['that end', () => undefined, { reason: 'device_gone' }],
    [
      'that are gone',
      () => {
        throw refusal('DEVICE_GONE');
      },
      { reason: 'device_gone' },
    ],
    [
      'of a busy camera',
      () => {
        throw refusal('DEVICE_BUSY', { holder: 'vlc' });
      },
      { reason: 'device_busy', holder: 'vlc' },
    ],
    [
      'that fail',
      () => {
        throw new Error('the lens is dirty');
      },
      { reason: 'failed', message: 'the lens is dirty' },
    ],
  ];
  for (const [what, end, expected] of endings) {
    it(`ends for the reason of pictures ${what}`, async () => {
      const told = await (await start(then(end))).ended;
      expect(told).to.include(expected);
      expect(JSON.stringify(told)).not.to.include('secret');
    });
  }

  it('tells that the media server did not take the stream', async () => {
    const [port = 0] = await freePorts(1);
    const forever: Frames = async function* (signal) {
      while (!signal.aborted) {
        yield PICTURE;
        await pause(50);
      }
    };
    const { reason } = await (await start(forever, `rtsp://127.0.0.1:${port}/camera`)).ended;
    expect(reason).to.equal('publish_failed');
  });

  it('leaves out what is no whole picture, and goes on', async () => {
    const mixed: Frames = async function* (signal) {
      yield new Uint8Array(0);
      yield PICTURE.subarray(0, 100);
      yield 'no bytes' as unknown as Uint8Array;
      while (!signal.aborted) {
        yield PICTURE;
        await pause(50);
      }
    };
    const session = await start(mixed);
    const first = await session.next(0, AbortSignal.timeout(WITHIN_MS));
    expect(first).to.include({ sequence: 1, width: 160, height: 120 });
    await until('published pictures', () => session.stats().publishedFrames > 2, WITHIN_MS);
    await session.stop(5_000);
    expect((await session.ended).reason).to.equal('stopped');
  });

  it('does not wait for ever for a camera that does not heed its signal', async () => {
    const deaf: Frames = async function* () {
      yield PICTURE;
      await new Promise(() => undefined);
    };
    const session = await start(deaf);
    await session.next(0, AbortSignal.timeout(WITHIN_MS));
    await session.stop(0);
    expect((await session.ended).reason).to.equal('stopped');
  });
});
