/** A camera in thirty lines, as the page of the kit has it, on a real media server. */
import { execFileSync } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AdapterContext, Capture, CaptureJob } from '../../../plugins/api/index.js';
import { captureContract } from '../../contract/capture.contract.js';
import { isRunning, poll, startBareMediaMtx, type BareMediaMtx } from '../../worlds/bare-mediamtx.js';
import { ffmpegBin, tempDir } from '../../worlds/media.js';
import { receiveStream } from '../../worlds/rtsp-sink.js';
import { realClock, silentLog } from '../../worlds/synthetic.js';
import { loadSample } from './samples.js';

type Parts = Pick<AdapterContext, 'clock' | 'log' | 'directories'>;
interface Sample {
  createStillCamera(parts: Parts): Capture;
}

const SIZE = { width: 320, height: 240 };

describe('a camera made with publishJpegs', () => {
  let media: BareMediaMtx;
  let runDir: Awaited<ReturnType<typeof tempDir>>;
  let sample: Sample;
  let camera: Server;
  let paths = 0;
  const pictures = drawPictures();
  const plug = async (): Promise<void> => {
    let shown = 0;
    camera = createServer((_request, response) => response.end(pictures[(shown += 1) % pictures.length]));
    await new Promise<void>((resolve) => camera.listen(0, '127.0.0.1', resolve));
  };
  const unplug = (): Promise<void> =>
    new Promise((resolve) => {
      camera.close(() => resolve());
      camera.closeAllConnections();
    });

  before(async () => {
    media = await startBareMediaMtx();
    runDir = await tempDir();
    sample = (await loadSample('still-camera.ts')) as Sample;
    await plug();
  });
  after(async () => {
    await unplug();
    await media.stop();
    await runDir.remove();
  });

  captureContract('still-camera', {
    create: () => {
      const directories = { run: runDir.path } as Parts['directories'];
      return sample.createStillCamera({ clock: realClock, log: silentLog, directories });
    },
    job: (): CaptureJob => {
      const { port } = camera.address() as AddressInfo;
      const locator = `http://127.0.0.1:${port}/still.jpg`;
      return {
        camera: 'camera1',
        source: { key: locator, kind: 'http-still', locator, name: 'still', hints: {} },
        format: { pixelFormat: 'MJPG', ...SIZE, fps: 5 },
        publishUrl: `${media.rtspUrl(`camera${(paths += 1)}`)}?nonce=topsecret`,
        tapFps: 5,
      };
    },
    secret: 'topsecret',
    received: async ({ publishUrl }) => {
      const [url = ''] = publishUrl.split('?');
      await poll(() => media.isReady(new URL(url).pathname.slice(1)), 5000);
      return receiveStream(url, 2);
    },
    picture: () => undefined,
    unplug,
    freeze: ({ pid }) => void process.kill(pid ?? 0, 'SIGSTOP'),
    isLeft: ({ pid }) => isRunning(pid ?? 0),
    reset: async () => {
      if (!camera.listening) await plug();
    },
    withinMs: 5000,
  });
});

/** Three pictures that differ, drawn by ffmpeg. */
function drawPictures(): readonly Buffer[] {
  const draw = (at: number): Buffer =>
    execFileSync(ffmpegBin(), [
      ...['-v', 'error', '-f', 'lavfi', '-i', `testsrc2=size=${SIZE.width}x${SIZE.height}:rate=5`],
      ...['-ss', String(at), '-frames:v', '1', '-f', 'image2pipe', '-c:v', 'mjpeg', 'pipe:1'],
    ]);
  return [0, 1, 2].map(draw);
}
