import { randomInt } from 'node:crypto';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'chai';
import { createDiskFileStore } from '../../../adapters/file-store/disk/disk-file-store.js';
import { createFfmpegMediaTool } from '../../../adapters/media-tool/ffmpeg/ffmpeg-media-tool.js';
import type { FileStore, IntegrityReport, MediaTool } from '../../../ports/index.js';
import { startBareMediaMtx } from '../../worlds/bare-mediamtx.js';
import { ffmpegBin, ffprobeBin, probeFile, publishTestPattern, tempDir, until } from '../../worlds/media.js';

const POSITIONS = 200;
const PACKET = 188;
const SECONDS = 8;
const never = new AbortController().signal;

/** The same numbers for the same seed (mulberry32). */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) % below;
  };
}

const SEED = Number(process.env['DAMAGE_SEED'] ?? randomInt(2 ** 31));

/** Where the initialisation ends, and where each fragment begins and ends; read in the plainest way. */
function layoutOf(bytes: Buffer): { readonly init: number; readonly fragments: readonly [number, number][] } {
  const fragments: [number, number][] = [];
  let init = 0;
  for (let at = 0; at < bytes.length; at += bytes.readUInt32BE(at)) {
    const end = at + bytes.readUInt32BE(at);
    const type = bytes.toString('latin1', at + 4, at + 8);
    if (type === 'ftyp' || type === 'moov') init = end;
    if (type === 'moof') fragments.push([at, end]);
    const last = fragments.at(-1);
    if (type === 'mdat' && last) last[1] = end;
  }
  return { init, fragments };
}

describe(`recordings of the real MediaMTX, damaged at random (DAMAGE_SEED=${String(SEED)})`, function () {
  this.timeout(180_000);
  const random = randomFrom(SEED);
  let folder: Awaited<ReturnType<typeof tempDir>>;
  let store: FileStore;
  let tool: MediaTool;
  const recorded: Record<string, Buffer> = {};
  const at = (name: string): string => path.join(folder.path, 'recordings', name);

  before(async () => {
    folder = await tempDir();
    for (const [format, bytes] of Object.entries(await record(folder.path))) recorded[format] = bytes;
    const snapshots = path.join(folder.path, 'snapshots');
    store = createDiskFileStore({ recordings: path.join(folder.path, 'recordings'), snapshots });
    await store.start(never);
    tool = createFfmpegMediaTool({
      ffmpegPath: ffmpegBin(),
      ffprobePath: ffprobeBin(),
      runDir: folder.path,
    });
  });
  after(() => folder.remove());

  const original = (format: string): Buffer => recorded[format] ?? Buffer.alloc(0);

  /** Puts a file there, examines it, keeps what is intact. @returns what is left; `undefined` for nothing. */
  async function repaired(name: string, bytes: Buffer): Promise<{ report: IntegrityReport; left: Buffer }> {
    await writeFile(at(name), bytes);
    const report = await tool.integrity(at(name), never);
    if (report.complete) return { report, left: bytes };
    if (report.intact.length === 0) {
      await store.quarantine('recordings', name);
      return { report, left: Buffer.alloc(0) };
    }
    await store.salvage('recordings', name, { sizeBytes: bytes.length, keep: report.intact });
    const left = await readFile(at(name));
    expect((await tool.integrity(at(name), never)).problems, 'nothing is left to repair').to.deep.equal([]);
    return { report, left };
  }

  async function requireListing(names: number): Promise<void> {
    expect(await store.list('recordings')).to.have.length(names);
  }

  it(`keeps every complete fragment of fMP4 that is cut at ${String(POSITIONS)} positions`, async () => {
    const whole = original('mp4');
    const { init, fragments } = layoutOf(whole);
    expect(fragments.length).to.be.greaterThan(4);
    for (let round = 0; round < POSITIONS; round += 1) {
      const cut = random(whole.length);
      const { report, left } = await repaired('cut.mp4', whole.subarray(0, cut));
      const complete = fragments.filter(([, end]) => end <= cut);
      const expected = complete.at(-1)?.[1] ?? 0;
      expect(left.equals(whole.subarray(0, expected)), `cut at ${String(cut)}`).to.equal(true);
      expect(report.complete).to.equal(expected === cut && cut > init);
      if (complete.length === 0 || round % 20 > 0) continue;
      const { frames, errors } = await probeFile(at('cut.mp4'));
      expect(errors).to.deep.equal([]);
      expect(frames).to.be.greaterThan((complete.length - 1) * 10);
      await requireListing(1);
    }
  });

  it(`keeps every whole packet of MPEG-TS that is cut at ${String(POSITIONS)} positions`, async () => {
    const whole = original('ts');
    for (let round = 0; round < POSITIONS; round += 1) {
      const cut = random(whole.length);
      const { left } = await repaired('cut.ts', whole.subarray(0, cut));
      const packets = Math.floor(cut / PACKET);
      const expected = packets < 2 ? 0 : packets * PACKET;
      expect(left.equals(whole.subarray(0, expected)), `cut at ${String(cut)}`).to.equal(true);
      if (round % 20 > 0 || packets < 100) continue;
      expect((await probeFile(at('cut.ts'))).frames).to.be.greaterThan(0);
    }
  });

  /** Something is written over bytes, comes between them, or takes them away. */
  function damage(whole: Buffer): { bytes: Buffer; first: number; end: number; what: string } {
    const first = random(whole.length);
    const length = 1 + random(3 * PACKET + random(30_000));
    const end = Math.min(whole.length, first + length);
    const garbage = Buffer.from(Array.from({ length: end - first }, () => random(256)));
    const [head, tail] = [whole.subarray(0, first), whole.subarray(end)];
    const cases = [
      { what: 'overwritten', bytes: Buffer.concat([head, garbage, tail]), end },
      { what: 'zeroes', bytes: Buffer.concat([head, Buffer.alloc(end - first), tail]), end },
      { what: 'missing', bytes: Buffer.concat([head, tail]), end },
      { what: 'inserted', bytes: Buffer.concat([head, garbage, whole.subarray(first)]), end: first },
    ];
    const chosen = cases[random(cases.length)] ?? { what: '', bytes: whole, end };
    return { first, ...chosen };
  }

  it('keeps every untouched fragment of fMP4 with garbage in its middle', async () => {
    const whole = original('mp4');
    const { init, fragments } = layoutOf(whole);
    let played = 0;
    for (let round = 0; round < POSITIONS; round += 1) {
      const { bytes, first, end, what } = damage(whole);
      const { report, left } = await repaired('torn.mp4', bytes);
      const label = `${what}: ${String(first)} to ${String(end)}`;
      if (first < init) continue;
      const untouched = fragments.filter(([from, to]) => to <= first || from >= end);
      for (const [from, to] of untouched)
        expect(left.includes(whole.subarray(from, to)), `${label}, fragment ${String(from)}`).to.equal(true);
      if (report.complete || untouched.length < 2 || round % 20 > 0) continue;
      const { frames } = await probeFile(at('torn.mp4'));
      expect(frames, label).to.be.at.least((untouched.length - 1) * 10);
      played += 1;
    }
    expect(played).to.be.greaterThan(0);
    await requireListing(3);
  });

  it('keeps the untouched packets of MPEG-TS with garbage in its middle', async () => {
    const whole = original('ts');
    for (let round = 0; round < POSITIONS; round += 1) {
      const { bytes, first, end, what } = damage(whole);
      const { left } = await repaired('torn.ts', bytes);
      const label = `${what}: ${String(first)} to ${String(end)}`;
      const untouched = Math.floor(first / PACKET) + Math.floor((whole.length - end) / PACKET);
      // What is too short at the end of a file cannot be told from a coincidence.
      expect(left.length / PACKET, label).to.be.at.least(untouched - 2);
      expect(left.length % PACKET, label).to.equal(0);
      for (let packet = 0; packet < left.length; packet += PACKET) expect(left[packet]).to.equal(0x47);
    }
  });

  it('never rejects and never takes long for hostile content', async () => {
    const head = original('mp4').subarray(0, layoutOf(original('mp4')).init);
    const box = (size: number, type: string): Buffer => {
      const bytes = Buffer.alloc(8);
      bytes.writeUInt32BE(size);
      bytes.write(type, 4, 'latin1');
      return bytes;
    };
    const long = Buffer.concat([box(1, 'moof'), Buffer.alloc(8, 0xff)]);
    const lure = Buffer.concat([box(32, 'moof'), box(16, 'mfhd'), Buffer.alloc(8)]);
    const hostile: Record<string, Buffer> = {
      'size 0': Buffer.concat([head, box(0, 'mdat'), Buffer.alloc(1_000)]),
      'size 1 without a size': Buffer.concat([head, box(1, 'moof')]),
      'a size of 64 bits': Buffer.concat([head, long, Buffer.alloc(100_000)]),
      'a size below its header': Buffer.concat([head, box(7, 'moof'), Buffer.alloc(100_000)]),
      'tiny boxes': Buffer.concat([head, ...Array.from({ length: 100_000 }, () => box(8, 'free'))]),
      'beginnings of fragments': Buffer.concat([
        head,
        box(9, 'xxxx'),
        ...Array.from({ length: 100_000 }, () => lure),
      ]),
      'boxes in boxes': Buffer.concat(
        Array.from({ length: 10_000 }, (_, index) => box(80_000 - 8 * index, 'moof')),
      ),
      'sync bytes': Buffer.alloc(1_000_000, 0x47),
      noise: Buffer.from(Array.from({ length: 1_000_000 }, () => random(256))),
      zeroes: Buffer.alloc(1_000_000),
      'one byte': Buffer.alloc(1),
      nothing: Buffer.alloc(0),
    };
    for (const [name, bytes] of Object.entries(hostile)) {
      await writeFile(at('hostile.mp4'), bytes);
      const report = await tool.integrity(at('hostile.mp4'), AbortSignal.timeout(20_000));
      let end = -1;
      for (const { first, last } of report.intact) {
        expect(first, name).to.be.greaterThan(end);
        expect(last, name).to.be.within(first, bytes.length - 1);
        end = last;
      }
      expect(report.problems.length, name).to.be.at.most(100);
    }
  });
});

/** A few seconds in both formats, with the options that the service gives to MediaMTX. */
async function record(root: string): Promise<Record<string, Buffer>> {
  const folder = path.join(root, 'made');
  await mkdir(folder);
  const server = await startBareMediaMtx();
  const publishers = [];
  try {
    for (const recordFormat of ['fmp4', 'mpegts']) {
      const body = {
        record: true,
        recordFormat,
        recordPath: `${folder}/%path_%Y-%m-%d_%H-%M-%S-%f`,
        recordPartDuration: '1s',
        recordSegmentDuration: '1h',
        recordDeleteAfter: '0s',
      };
      const url = `http://127.0.0.1:${String(server.ports.api)}/v3/config/paths/add/${recordFormat}`;
      const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
      if (!response.ok) throw new Error(await response.text());
      publishers.push(await publishTestPattern({ url: server.rtspUrl(recordFormat), seconds: SECONDS }));
    }
    for (const publisher of publishers) await publisher.exited;
    await until('both recordings', async () => (await readdir(folder)).length === 2);
  } finally {
    for (const publisher of publishers) await publisher.stop(1_000);
    // Closes the files.
    await server.stop();
  }
  const files = await Promise.all(
    (await readdir(folder)).map(async (name) => [
      path.extname(name).slice(1),
      await readFile(path.join(folder, name)),
    ]),
  );
  return Object.fromEntries(files) as Record<string, Buffer>;
}
