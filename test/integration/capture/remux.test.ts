import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { chmod, copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { getPriority } from 'node:os';
import { join } from 'node:path';
import { createFfmpegMediaTool } from '../../../adapters/media-tool/ffmpeg/ffmpeg-media-tool.js';
import { failure } from '../../contract/outcome.js';
import { ffmpegBin, ffprobeBin, probeFile, tempDir, until } from '../../worlds/media.js';
import { descendantsOf } from '../../worlds/processes.js';

const SIGNAL = new AbortController().signal;

describe('recordings that are rewritten by the real ffmpeg', () => {
  let folder: Awaited<ReturnType<typeof tempDir>>;
  let recording: string;
  const place = (name: string): string => join(folder.path, name);

  before(async () => {
    folder = await tempDir();
    recording = place('recording.mp4');
    // Frames that come as a camera sends them: at uneven times, with a pause.
    const uneven = "setpts='(N/15+0.02*random(0)+gt(N,30)*3)/TB'";
    const input = ['-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=size=320x240:rate=15:duration=4'];
    const codec = ['-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '0', '-pix_fmt', 'yuv420p', '-g', '15'];
    const times = ['-vf', uneven, '-fps_mode', 'passthrough', '-enc_time_base', '1/90000'];
    const fragments = ['-movflags', '+frag_keyframe+empty_moov+default_base_moof', '-f', 'mp4'];
    execFileSync(ffmpegBin(), [...input, ...times, ...codec, ...fragments, recording]);
  });
  after(() => folder.remove());

  const tool = (ffmpegPath = ffmpegBin()) =>
    createFfmpegMediaTool({ ffmpegPath, ffprobePath: ffprobeBin(), runDir: folder.path });

  /** An ffmpeg that is the real one with something before it. */
  const wrapped = async (name: string, line: string): Promise<string> => {
    await writeFile(place(name), `#!/bin/sh\n${line}\n`);
    await chmod(place(name), 0o755);
    return place(name);
  };

  for (const format of ['mp4', 'mkv', 'avi', 'mpegts'] as const)
    it(`keep all frames and their time as ${format}`, async () => {
      const to = place(`whole.${format}`);
      await tool().remux({ from: recording, to, format }, SIGNAL);
      const [before, after] = [await probeFile(recording), await probeFile(to)];
      expect(after.errors).to.deep.equal([]);
      expect(after.frames).to.equal(before.frames);
      const length = ({ timestamps }: typeof after): number =>
        (timestamps.at(-1) ?? 0) - (timestamps[0] ?? 0);
      expect(length(after)).to.be.closeTo(length(before), 0.1);
    });

  it('are refused when frames are missing, and the original stays', async () => {
    const original = place('original.mp4');
    await copyFile(recording, original);
    const lossy = await wrapped(
      'lossy-ffmpeg',
      `for last; do :; done; exec ${ffmpegBin()} "$@" 2>/dev/null -y -map 0:v -c copy -frames:v 20 -f mp4 "$last"`,
    );
    const before = await readdir(folder.path);
    const error = await failure(tool(lossy).remux({ from: original, to: original, format: 'mp4' }, SIGNAL));
    expect(error).to.have.property('code', 'TOOL_FAILED');
    expect(error).to.have.nested.property('detail.reason', 'verification');
    expect((await readFile(original)).equals(await readFile(recording))).to.equal(true);
    expect(await readdir(folder.path)).to.have.members(before);
  });

  it('leave nothing behind when the disk is full', async () => {
    const disk = place('disk');
    await mkdir(disk);
    const inside = `mount -t tmpfs -o size=64k tmpfs ${disk} && exec ${ffmpegBin()} "$@"`;
    const full = await wrapped(
      'full-ffmpeg',
      `exec unshare --map-root-user --mount sh -c '${inside}' sh "$@"`,
    );
    const request = { from: recording, to: join(disk, 'full.mkv'), format: 'mkv' } as const;
    const error = await failure(tool(full).remux(request, SIGNAL));
    expect(error).to.have.property('code', 'STORAGE_FULL');
    expect(await readdir(disk)).to.deep.equal([]);
  });

  it('run at a low priority and end when they are given up', async () => {
    const slow = await wrapped('slow-ffmpeg', 'exec sleep 60');
    const over = new AbortController();
    const work = tool(slow).remux({ from: recording, to: place('slow.mkv'), format: 'mkv' }, over.signal);
    work.catch(() => undefined);
    const children = (): readonly number[] =>
      descendantsOf(process.pid).flatMap(({ pid, command }) => (command.includes('sleep') ? [pid] : []));
    await until('a child at work', () => children().length > 0);
    const [pid = 0] = children();
    await until('low priority', () => getPriority(pid) === Math.min(19, getPriority() + 10));
    over.abort(new Error('given up'));
    const error = await work.catch((cause: unknown) => cause);
    expect(error).to.have.property('message', 'given up');
    expect(children()).to.deep.equal([]);
  });
});
