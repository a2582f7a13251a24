/** Times of the video frames of a fragmented MP4 file (ISO/IEC 14496-12 §8.8), read without the frames. */
import type { FileHandle } from 'node:fs/promises';
import type { FramePosition, FrameReport } from '../../../ports/media-tool.js';
import { FrameClock } from './frame-clock.js';
import { boxSize } from './mp4-boxes.js';

const HEADER_BYTES = 16;
/** A movie header or the header of a fragment. Larger ones are nonsense. */
const MAX_BOX_BYTES = 4 * 1024 * 1024;

interface Track {
  readonly id: number;
  readonly timescale: number;
}

/** @param end where the file ended when it was looked at. */
export async function mp4Frames(
  file: FileHandle,
  from: FramePosition | undefined,
  end: number,
): Promise<FrameReport> {
  const clock = new FrameClock(from);
  let track: Track | undefined;
  let first: number | undefined;
  let byte = 0;
  for (let at = 0; at < end;) {
    const box = await readHeader(file, at, end);
    // The last box is still being written, or was never finished.
    if (box === undefined || at + box.size > end) break;
    if (box.type === 'moov') track = trackOf(await readBox(file, at, box.size));
    if (box.type === 'moof' && track !== undefined) {
      const times = timesOf(await readBox(file, at, box.size), track);
      first ??= times[0];
      if (at >= (from?.byte ?? 0)) for (const time of times) clock.step(time - (first ?? 0) - clock.seconds);
      byte = at + box.size;
    } else byte = Math.max(byte, at + box.size);
    at =
      from !== undefined && box.type === 'moof' && at < from.byte
        ? Math.max(from.byte, at + box.size)
        : at + box.size;
  }
  return clock.report(Math.max(byte, from?.byte ?? 0));
}

async function readHeader(
  file: FileHandle,
  at: number,
  end: number,
): Promise<{ readonly size: number; readonly type: string } | undefined> {
  const header = Buffer.alloc(HEADER_BYTES);
  const { bytesRead } = await file.read(header, 0, HEADER_BYTES, at);
  const size = bytesRead < 8 ? 0 : boxSize(header, end - at);
  return size < 8 ? undefined : { size, type: header.toString('latin1', 4, 8) };
}

async function readBox(file: FileHandle, at: number, size: number): Promise<Buffer> {
  const box = Buffer.alloc(Math.min(size, MAX_BOX_BYTES));
  const { bytesRead } = await file.read(box, 0, box.length, at);
  return box.subarray(0, bytesRead);
}

/** The boxes inside another one. One that claims more than there is ends the list. */
function* children(box: Buffer, from = 8): Generator<{ readonly type: string; readonly body: Buffer }> {
  for (let at = from; at + 8 <= box.length;) {
    const size = boxSize(box.subarray(at, at + HEADER_BYTES), box.length - at);
    if (size < 8 || at + size > box.length) return;
    yield { type: box.toString('latin1', at + 4, at + 8), body: box.subarray(at, at + size) };
    at += size;
  }
}

function child(box: Buffer | undefined, type: string): Buffer | undefined {
  if (box === undefined) return undefined;
  for (const each of children(box)) if (each.type === type) return each.body;
  return undefined;
}

/** The video track: its number in `tkhd`, its clock in `mdhd`, its kind in `hdlr`. */
function trackOf(movie: Buffer): Track | undefined {
  for (const { type, body } of children(movie)) {
    const media = type === 'trak' ? child(body, 'mdia') : undefined;
    const [header, clock, kind] = [child(body, 'tkhd'), child(media, 'mdhd'), child(media, 'hdlr')];
    if (header === undefined || clock === undefined || kind?.toString('latin1', 16, 20) !== 'vide') continue;
    const idAt = header[8] === 1 ? 28 : 20;
    const scaleAt = clock[8] === 1 ? 28 : 20;
    if (header.length < idAt + 4 || clock.length < scaleAt + 4) continue;
    const timescale = clock.readUInt32BE(scaleAt);
    if (timescale > 0) return { id: header.readUInt32BE(idAt), timescale };
  }
  return undefined;
}

/** Decoding times of the frames in a fragment, in seconds. */
function timesOf(fragment: Buffer, track: Track): readonly number[] {
  for (const { type, body } of children(fragment)) {
    if (type !== 'traf') continue;
    const header = child(body, 'tfhd');
    const start = child(body, 'tfdt');
    if (header === undefined || start === undefined || header.length < 16 || start.length < 16) continue;
    if (header.readUInt32BE(12) !== track.id) continue;
    const base =
      start[8] === 1 && start.length >= 20 ? Number(start.readBigUInt64BE(12)) : start.readUInt32BE(12);
    const ticks: number[] = [];
    let next = base;
    for (const run of children(body)) {
      if (run.type !== 'trun') continue;
      for (const duration of durationsOf(run.body, defaultDuration(header))) {
        ticks.push(next);
        next += duration;
      }
    }
    return ticks.map((tick) => tick / track.timescale);
  }
  return [];
}

/** `default_sample_duration` stands behind the fields that the flags announce before it (§8.8.7). */
function defaultDuration(header: Buffer): number {
  const flags = header.readUInt32BE(8) & 0xffffff;
  const at = 16 + ((flags & 0x1) !== 0 ? 8 : 0) + ((flags & 0x2) !== 0 ? 4 : 0);
  return (flags & 0x8) !== 0 && header.length >= at + 4 ? header.readUInt32BE(at) : 0;
}

/** The durations in a run of samples (§8.8.8). */
function* durationsOf(run: Buffer, usual: number): Generator<number> {
  if (run.length < 16) return;
  const flags = run.readUInt32BE(8) & 0xffffff;
  const count = run.readUInt32BE(12);
  const hasDuration = (flags & 0x100) !== 0;
  const fields = [0x100, 0x200, 0x400, 0x800].filter((flag) => (flags & flag) !== 0).length;
  const first = 16 + ((flags & 0x1) !== 0 ? 4 : 0) + ((flags & 0x4) !== 0 ? 4 : 0);
  for (let index = 0; index < count; index += 1) {
    const at = first + index * fields * 4;
    if (at + fields * 4 > run.length) return;
    yield hasDuration ? run.readUInt32BE(at) : usual;
  }
}
