/** A camera in thirty lines, as the page of the kit has it, on a real media server. */
import { execFileSync } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AdapterContext, Capture } from '../../../plugins/api/index.js';
import { captureContract } from '../../contract/capture.contract.js';
import { captureWorld } from '../../testing/index.js';
import { ffmpegBin } from '../../worlds/media.js';
import { loadSample } from './samples.js';

type Parts = Pick<AdapterContext, 'clock' | 'log' | 'directories'>;
interface Sample {
  createStillCamera(parts: Parts): Capture;
}

const SIZE = { width: 320, height: 240 };

describe('a camera made with publishJpegs', () => {
  let sample: Sample;
  let camera: Server;
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
    sample = (await loadSample('still-camera.ts')) as Sample;
    await plug();
  });
  after(() => unplug());

  const world = captureWorld({
    create: (parts) => sample.createStillCamera(parts),
    source: () => {
      const { port } = camera.address() as AddressInfo;
      const locator = `http://127.0.0.1:${port}/still.jpg`;
      return { key: locator, kind: 'http-still', locator, name: 'still', hints: {} };
    },
    format: { pixelFormat: 'MJPG', ...SIZE, fps: 5 },
    unplug,
    reset: async () => {
      if (!camera.listening) await plug();
    },
  });
  after(() => world.close());
  captureContract('still-camera', world);
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
