import { createFfmpegCapture } from '../../adapters/capture/ffmpeg/ffmpeg-capture.js';
import type { SourceDescriptor } from '../../ports/device-event-source.js';
import { isRunning, poll, startBareMediaMtx, type BareMediaMtx } from '../worlds/bare-mediamtx.js';
import { ffmpegBin } from '../worlds/media.js';
import { receiveStream } from '../worlds/rtsp-sink.js';
import { openSyntheticWorld, realClock, silentLog, type SyntheticWorld } from '../worlds/synthetic.js';
import { captureContract } from './capture.contract.js';

let world: SyntheticWorld | undefined;
let paths = 0;
const open = async (): Promise<SyntheticWorld> => (world ??= await openSyntheticWorld());

describe('ffmpeg on a synthetic camera', () => {
  let server: BareMediaMtx;
  before(async () => void (server = await startBareMediaMtx()));
  after(() => server.stop());

  captureContract('ffmpeg', {
    create: async () =>
      createFfmpegCapture(
        {
          ffmpegPath: ffmpegBin(),
          runDir: (await open()).runDir,
          maxBitrateKbps: 2000,
          encoderThreads: 1,
          maxFrameBytes: 1024 * 1024,
        },
        { log: silentLog, clock: realClock },
      ),
    job: async () => {
      const { sources, format } = await open();
      const publishUrl = `${server.rtspUrl(`camera${(paths += 1)}`)}?nonce=topsecret`;
      return {
        camera: 'camera1',
        source: sources[0] as SourceDescriptor,
        format: format(1),
        publishUrl,
        tapFps: 5,
      };
    },
    secret: 'topsecret',
    received: async ({ publishUrl }) => {
      const [url = ''] = publishUrl.split('?');
      await poll(() => server.isReady(new URL(url).pathname.slice(1)), 5000);
      return receiveStream(url, 2);
    },
    picture: () => undefined,
    unplug: async () => (await open()).source.control.unplug(1),
    occupy: async () => (await open()).source.control.setBusy(1, true),
    freeze: ({ pid }) => void process.kill(pid ?? 0, 'SIGSTOP'),
    isLeft: ({ pid }) => isRunning(pid ?? 0),
    reset: async () => {
      await world?.close();
      world = undefined;
    },
    withinMs: 5000,
  });
});
