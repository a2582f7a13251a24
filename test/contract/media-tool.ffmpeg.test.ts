import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { access, copyFile, readFile, readdir, rm, truncate, writeFile } from 'node:fs/promises';
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
    const input = ['-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=size=320x240:rate=15:duration=2'];
    const codec = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-g', '4'];
    const fragments = ['-movflags', '+frag_keyframe+empty_moov+default_base_moof', '-f', 'mp4'];
    execFileSync(ffmpegBin(), [...input, ...codec, ...fragments, join(kept.path, 'recording')]);
    const pause = ['-vf', "setpts='PTS+gte(T,1)*2.9333/TB'", '-fps_mode', 'passthrough'];
    execFileSync(ffmpegBin(), [...input, ...pause, ...codec, ...fragments, join(kept.path, 'paused')]);
    execFileSync(ffmpegBin(), [...input, ...pause, ...codec, '-f', 'mpegts', join(kept.path, 'paused-ts')]);
  });
  after(async () => {
    await folder.remove();
    await kept.remove();
  });

  const copy = async (name: string, from = 'recording'): Promise<string> => {
    await copyFile(join(kept.path, from), place(name));
    return place(name);
  };

  const create = () =>
    createFfmpegMediaTool({ ffmpegPath: ffmpegBin(), ffprobePath: ffprobeBin(), runDir: kept.path });

  it('finds the pause of a transport stream, in whatever steps it is looked at', async () => {
    const path = await copy('growing', 'paused-ts');
    const whole = await readFile(path);
    const found: unknown[] = [];
    let position;
    for (let size = 10_000; size < whole.length + 10_000; size += 10_000) {
      await writeFile(path, whole.subarray(0, size));
      const report = await create().frames(path, position, new AbortController().signal);
      found.push(...report.pauses.map(({ seconds }) => Math.round(seconds)));
      position = report.position;
    }
    expect(found).to.deep.equal([3]);
    expect(position?.seconds).to.be.closeTo(4.9, 0.2);
    await rm(path);
  });

  mediaToolContract('ffmpeg', {
    create,
    recording: () => copy('recording'),
    paused: () => copy('paused', 'paused'),
    torn: async () => {
      const path = await copy('torn');
      await truncate(path, Math.floor(statSync(path).size / 2));
      return path;
    },
    damaged: async () => {
      const path = await copy('damaged');
      const bytes = await readFile(path);
      // Over the header of a fragment near the middle.
      bytes.fill(
        0xa5,
        bytes.indexOf('moof', bytes.length / 2) - 4,
        bytes.indexOf('moof', bytes.length / 2) + 40,
      );
      await writeFile(path, bytes);
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
