import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createFfmpegMediaTool } from '../../../adapters/media-tool/ffmpeg/ffmpeg-media-tool.js';
import type { CutRequest } from '../../../ports/media-tool.js';
import { failure } from '../../contract/outcome.js';
import { ffmpegBin, ffprobeBin, tempDir } from '../../worlds/media.js';

const SIGNAL = new AbortController().signal;
const FPS = 10;
/** A frame shows its number in bars from left to right, the lowest bit first. */
const BITS = 8;

interface Recorded {
  /** The number of the first frame. */
  readonly first: number;
  readonly more: readonly string[];
  readonly size?: string;
}

describe('parts of recordings that are cut by the real ffmpeg', () => {
  let folder: Awaited<ReturnType<typeof tempDir>>;
  const place = (name: string): string => join(folder.path, name);

  /** Frames with these numbers, one keyframe each second. */
  const record = (name: string, { first, more, size = '64x48' }: Recorded): void => {
    const source = `color=black:size=${size}:rate=${String(FPS)}:duration=5`;
    const bit = `mod(floor((N+${String(first)})/pow(2,floor(X*${String(BITS)}/W))),2)`;
    const numbered = `format=gray,geq=lum='if(${bit},235,16)',format=yuv420p`;
    const codec = ['-c:v', 'libx264', '-preset', 'ultrafast', '-qp', '4', '-bf', '0', '-g', String(FPS)];
    const input = ['-v', 'error', '-f', 'lavfi', '-i', source, '-vf', numbered];
    execFileSync(ffmpegBin(), [...input, ...codec, ...more, place(name)]);
  };
  const FRAGMENTED = [
    '-movflags',
    '+empty_moov+default_base_moof+skip_trailer',
    '-frag_duration',
    '500000',
    '-f',
    'mp4',
  ];

  before(async () => {
    folder = await tempDir();
    record('one.mp4', { first: 0, more: FRAGMENTED });
    record('two.mp4', { first: 50, more: FRAGMENTED });
    record('one.ts', { first: 0, more: ['-f', 'mpegts'] });
    record('two.mkv', { first: 50, more: ['-f', 'matroska'] });
    record('large.mp4', { first: 50, more: FRAGMENTED, size: '128x96' });
  });
  after(() => folder.remove());

  const tool = () =>
    createFfmpegMediaTool({ ffmpegPath: ffmpegBin(), ffprobePath: ffprobeBin(), runDir: folder.path });

  /** The numbers that are burned into the frames of a file, in the order in which they are shown. */
  const framesOf = (path: string): readonly number[] => {
    const output = ['-map', '0:v', '-vf', `scale=${String(BITS)}:1:flags=area,format=gray`];
    const raw = ['-fps_mode', 'passthrough', '-f', 'rawvideo', '-'];
    const bytes = [...execFileSync(ffmpegBin(), ['-v', 'error', '-i', path, ...output, ...raw])];
    const numbers: number[] = [];
    for (let at = 0; at < bytes.length; at += BITS)
      numbers.push(
        bytes.slice(at, at + BITS).reduce((sum, level, bit) => sum + (level > 128 ? 2 ** bit : 0), 0),
      );
    return numbers;
  };
  const range = (from: number, to: number): readonly number[] =>
    Array.from({ length: to - from }, (_, index) => from + index);
  const cut = (name: string, request: Pick<CutRequest, 'parts' | 'exact' | 'format'>) =>
    tool().cut({ ...request, to: place(name) }, SIGNAL);

  for (const source of ['one.mp4', 'one.ts'])
    for (const format of ['mp4', 'mkv', 'avi', 'mpegts'] as const)
      it(`begin with the keyframe before them: ${source} as ${format}`, async () => {
        const parts = [{ path: place(source), from: 1.25, to: 3.15 }];
        const report = await cut(`copy.${format}`, { parts, exact: false, format });
        expect(framesOf(place(`copy.${format}`))).to.deep.equal(range(10, 32));
        expect(report.parts[0]?.from).to.be.closeTo(1, 0.001);
        expect(report.parts[0]?.to).to.be.closeTo(3.2, 0.001);
        expect(report.parts[0]?.frames).to.equal(22);
      });

  for (const source of ['one.mp4', 'one.ts'])
    it(`begin with the very frame if that is wanted: ${source}`, async () => {
      const parts = [{ path: place(source), from: 1.3, to: 3.1 }];
      const report = await cut('exact.mp4', { parts, exact: true, format: 'mp4' });
      expect(framesOf(place('exact.mp4'))).to.deep.equal(range(13, 31));
      expect(report.parts[0]).to.include({ frames: 18 });
      expect(report.parts[0]?.from).to.be.closeTo(1.3, 0.001);
    });

  for (const [other, exact, first] of [
    ['two.mp4', false, 30],
    ['two.mkv', false, 30],
    ['two.mp4', true, 35],
    ['large.mp4', true, 35],
  ] as const)
    it(`are joined with those of ${other}, ${exact ? 'exactly' : 'from keyframe to frame'}`, async () => {
      const parts = [
        { path: place('one.mp4'), from: 3.5, to: 6 },
        { path: place(other), from: 0, to: 1.5 },
      ];
      const report = await cut('joined.mp4', { parts, exact, format: 'mp4' });
      expect(framesOf(place('joined.mp4'))).to.deep.equal([...range(first, 50), ...range(50, 65)]);
      expect(report.parts.map(({ frames }) => frames)).to.deep.equal([50 - first, 15]);
      expect(report.parts[0]?.to).to.be.closeTo(5, 0.01);
    });

  it('are not joined without encoding when their sizes differ, and nothing is left behind', async () => {
    const before = await readdir(folder.path);
    const parts = ['one.mp4', 'large.mp4'].map((name) => ({ path: place(name), from: 0, to: 1 }));
    const error = await failure(cut('never.mp4', { parts, exact: false, format: 'mp4' }));
    expect(error).to.have.property('code', 'UNSUPPORTED');
    expect(await readdir(folder.path)).to.have.members(before);
  });
});
