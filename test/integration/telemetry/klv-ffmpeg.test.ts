/** KLV beside a picture, through ffmpeg: it reads what our muxer makes, and we read what it makes. */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { KlvDemuxer, type KlvUnit } from '../../../adapters/_shared/mpegts/klv-demuxer.js';
import { complete, item, uint } from '../../worlds/klv-encoder.js';
import { ffmpegBin, ffprobeBin, tempDir } from '../../worlds/media.js';
import { ASYNC, cell, SYNC, TsMuxer } from '../../worlds/ts-muxer.js';

const run = promisify(execFile);
const SECOND = 90_000;
const RATE = 10;
const COUNT = 30;

const messages = Array.from({ length: COUNT }, (_, index) =>
  complete([item(3, Buffer.from(`flight ${String(index)}`)), item(5, uint(index, 2))]),
);

function muxed(carriage: 'synchronous' | 'asynchronous'): Buffer {
  const mux = new TsMuxer();
  const stream = carriage === 'synchronous' ? SYNC : ASYNC;
  const parts = messages.map((message, index) => {
    const ticks = SECOND + (index * SECOND) / RATE;
    const tables = mux.tables([stream]);
    const clock = mux.clock(stream.pid, ticks);
    const unit =
      carriage === 'synchronous'
        ? mux.sync([cell(message, { sequence: index })], ticks)
        : mux.async(message, ticks);
    return Buffer.concat([tables, clock, unit]);
  });
  return Buffer.concat(parts);
}

function demuxed(bytes: Buffer): { readonly units: readonly KlvUnit[]; readonly demuxer: KlvDemuxer } {
  const demuxer = new KlvDemuxer();
  return { units: [...demuxer.push(bytes), ...demuxer.end()], demuxer };
}

describe('KLV and ffmpeg', function () {
  this.timeout(60_000);
  let folder: Awaited<ReturnType<typeof tempDir>>;
  before(async () => {
    folder = await tempDir();
  });
  after(() => folder.remove());

  async function ffmpeg(...words: readonly string[]): Promise<Buffer> {
    const options = { encoding: 'buffer', maxBuffer: 32 * 1024 * 1024 } as const;
    const { stdout } = await run(ffmpegBin(), ['-nostdin', '-v', 'error', '-y', ...words], options);
    return stdout;
  }

  for (const carriage of ['asynchronous', 'synchronous'] as const) {
    it(`${carriage}: ffmpeg finds in our stream what we have put in`, async () => {
      const source = join(folder.path, `${carriage}.ts`);
      await writeFile(source, muxed(carriage));
      const { stdout } = await run(ffprobeBin(), [
        ...['-v', 'error', '-show_entries', 'stream=codec_name', '-of', 'csv=p=0', source],
      ]);
      // It is listed with its programme, and by itself.
      expect(new Set(stdout.trim().split(/\s+/))).to.deep.equal(new Set(['klv']));
      const bytes = await ffmpeg('-i', source, '-map', '0:d:0', '-c', 'copy', '-f', 'data', '-');
      expect(bytes).to.deep.equal(Buffer.concat(messages));
    });

    it(`${carriage}: every message is found beside a picture, in what ffmpeg has muxed`, async () => {
      const source = join(folder.path, `${carriage}.ts`);
      const target = join(folder.path, `${carriage}-video.ts`);
      await writeFile(source, muxed(carriage));
      const picture = `testsrc2=size=320x240:rate=${String(RATE)}:duration=${String(COUNT / RATE)}`;
      await ffmpeg(
        ...['-i', source, '-f', 'lavfi', '-i', picture, '-map', '1:v', '-map', '0:d'],
        ...['-c:v', 'libx264', '-preset', 'ultrafast', '-c:d', 'copy', '-f', 'mpegts', target],
      );
      const { units, demuxer } = demuxed(await readFile(target));
      expect(units.map(({ data }) => data.toString('hex'))).to.deep.equal(
        messages.map((message) => message.toString('hex')),
      );
      units.slice(1).forEach((unit, at) => {
        expect((unit.mediaTime ?? 0) - (units[at]?.mediaTime ?? 0)).to.be.closeTo(1 / RATE, 1e-4);
      });
      expect(demuxer.programs.flatMap(({ streams }) => streams.map(({ type }) => type))).to.include(0x1b);
      expect(demuxer.stats).to.include({
        gaps: 0,
        duplicates: 0,
        incomplete: 0,
        skippedBytes: 0,
        damagedTables: 0,
      });
    });
  }

  it('is found without any descriptor, too: ffmpeg writes none for data that it does not know', async () => {
    const source = join(folder.path, 'plain.klv');
    const target = join(folder.path, 'plain.ts');
    await writeFile(source, Buffer.concat(messages.slice(0, 5)));
    await ffmpeg('-f', 'data', '-i', source, '-map', '0', '-c', 'copy', '-f', 'mpegts', target);
    const { units } = demuxed(await readFile(target));
    expect(Buffer.concat(units.map(({ data }) => data))).to.deep.equal(Buffer.concat(messages.slice(0, 5)));
  });
});
