import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { createFfmpegMediaTool } from '../../../adapters/media-tool/ffmpeg/ffmpeg-media-tool.js';
import { ffmpegBin, ffprobeBin, tempDir } from '../../worlds/media.js';

const PACKET = 188;
/** The PMT of the muxer of ffmpeg. */
const PMT_PID = 0x1000;
/** Private data with the registration of KLV (MISB ST 1402, ISO/IEC 13818-1 §2.6.8). */
const KLV_STREAM = Buffer.from([0x06, 0xe1, 0x02, 0xf0, 0x06, 0x05, 0x04, ...Buffer.from('KLVA')]);

/** CRC-32 of PSI sections (ISO/IEC 13818-1, annex A). */
function crcOf(section: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of section) {
    crc ^= byte << 24;
    for (let bit = 0; bit < 8; bit += 1)
      crc = crc < 0 || crc >= 0x80000000 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
    crc >>>= 0;
  }
  return crc >>> 0;
}

/** The stream with one more elementary stream in its table of programs. */
function withKlv(stream: Buffer): Buffer {
  const bytes = Buffer.from(stream);
  for (let at = 0; at < bytes.length; at += PACKET) {
    if ((bytes.readUInt16BE(at + 1) & 0x1fff) !== PMT_PID) continue;
    const begin = at + 5;
    const length = bytes.readUInt16BE(begin + 1) & 0xfff;
    const body = bytes.subarray(begin, begin + 3 + length - 4);
    const section = Buffer.concat([body, KLV_STREAM]);
    section.writeUInt16BE(0xb000 | (length + KLV_STREAM.length), 1);
    section.copy(bytes, begin);
    bytes.writeUInt32BE(crcOf(section), begin + section.length);
  }
  return bytes;
}

describe('KLV in recordings', () => {
  let folder: Awaited<ReturnType<typeof tempDir>>;
  const at = (name: string): string => join(folder.path, name);

  before(async () => {
    folder = await tempDir();
    const input = ['-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=size=320x240:rate=15:duration=2'];
    const codec = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p'];
    execFileSync(ffmpegBin(), [...input, ...codec, '-f', 'mpegts', at('plain.ts')]);
    const fragments = ['-movflags', '+frag_keyframe+empty_moov+default_base_moof', '-f', 'mp4'];
    execFileSync(ffmpegBin(), [...input, ...codec, ...fragments, at('plain.mp4')]);
    await writeFile(at('klv.ts'), withKlv(await readFile(at('plain.ts'))));
  });
  after(() => folder.remove());

  for (const [name, hasKlv] of [
    ['klv.ts', true],
    ['plain.ts', false],
    ['plain.mp4', false],
  ] as const)
    it(`is found where the table of programs declares it: ${name}`, async () => {
      const options = { ffmpegPath: ffmpegBin(), ffprobePath: ffprobeBin(), runDir: folder.path };
      const facts = await createFfmpegMediaTool(options).inspect(at(name), AbortSignal.timeout(20_000));
      expect(facts).to.include({ codec: 'h264', width: 320, hasKlv });
    });
});
