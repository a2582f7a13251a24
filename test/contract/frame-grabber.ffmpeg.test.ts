import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createFfmpegGrabber } from '../../adapters/frame-grabber/ffmpeg/ffmpeg-grabber.js';
import type { SourceDescriptor } from '../../ports/device-event-source.js';
import { ffmpegBin, tempDir } from '../worlds/media.js';
import { openSyntheticWorld, realClock, type SyntheticWorld } from '../worlds/synthetic.js';
import { frameGrabberContract } from './frame-grabber.contract.js';

let world: SyntheticWorld | undefined;
const open = async (): Promise<SyntheticWorld> => (world ??= await openSyntheticWorld());

describe('ffmpeg on a synthetic camera', () => {
  let folder: Awaited<ReturnType<typeof tempDir>>;
  before(async () => void (folder = await tempDir()));
  after(() => folder.remove());

  frameGrabberContract('ffmpeg', {
    create: () =>
      createFfmpegGrabber(
        { ffmpegPath: ffmpegBin(), runDir: folder.path, maxFrameBytes: 1024 * 1024 },
        { clock: realClock },
      ),
    request: async () => {
      const { sources, format } = await open();
      return { source: sources[0] as SourceDescriptor, format: format(1), warmUpFrames: 0 };
    },
    unplug: async () => (await open()).source.control.unplug(1),
    occupy: async () => (await open()).source.control.setBusy(1, true),
    freeze: async () => (await open()).source.control.freeze(1),
    // A record exists as long as its process.
    isLeft: () => readdirSync(join(folder.path, 'children')).length > 0,
    reset: async () => {
      await world?.close();
      world = undefined;
    },
    withinMs: 5000,
  });
});
