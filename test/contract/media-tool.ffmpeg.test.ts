import { execFileSync } from 'node:child_process';
import { access, copyFile, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { createFfmpegMediaTool } from '../../adapters/media-tool/ffmpeg/ffmpeg-media-tool.js';
import { sampleJpeg } from '../../adapters/_shared/jpeg-sample.js';
import { ffmpegBin, ffprobeBin, tempDir } from '../worlds/media.js';
import { mediaToolContract } from './media-tool.contract.js';

describe('ffmpeg on real files', () => {
  let folder: Awaited<ReturnType<typeof tempDir>>;
  let kept: Awaited<ReturnType<typeof tempDir>>;
  const place = (name: string): string => join(folder.path, name);

  before(async () => {
    [folder, kept] = [await tempDir(), await tempDir()];
    const input = ['-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=size=320x240:rate=15', '-t', '2'];
    const codec = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-g', '4'];
    const fragments = ['-movflags', '+frag_keyframe+empty_moov+default_base_moof', '-f', 'mp4'];
    execFileSync(ffmpegBin(), [...input, ...codec, ...fragments, join(kept.path, 'recording')]);
  });
  after(async () => {
    await folder.remove();
    await kept.remove();
  });

  const copy = async (name: string): Promise<string> => {
    await copyFile(join(kept.path, 'recording'), place(name));
    return place(name);
  };

  mediaToolContract('ffmpeg', {
    create: () =>
      createFfmpegMediaTool({ ffmpegPath: ffmpegBin(), ffprobePath: ffprobeBin(), runDir: kept.path }),
    recording: () => copy('recording'),
    torn: async () => {
      const path = await copy('torn');
      await truncate(path, Math.floor(statSync(path).size / 2));
      return path;
    },
    rubbish: async () => {
      await writeFile(place('rubbish'), 'no media at all');
      return place('rubbish');
    },
    free: async (name) => place(name),
    exists: (path) =>
      access(path).then(
        () => true,
        () => false,
      ),
    names: () => readdir(folder.path),
    jpeg: () => sampleJpeg().jpeg,
    reset: async () => {
      for (const name of await readdir(folder.path)) await rm(place(name));
    },
    withinMs: 8000,
  });
});
