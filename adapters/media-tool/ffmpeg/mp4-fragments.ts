/** What the boxes of a movie header and of a fragment say of the video frames (ISO/IEC 14496-12 §8.4 and §8.8). */
import { boxSize } from './mp4-boxes.js';

/** More frames are in no fragment. */
const MAX_SAMPLES = 100_000;

export interface Track {
  readonly id: number;
  /** Ticks per second. */
  readonly timescale: number;
}

/** The boxes inside another one. One that claims more than there is ends the list. */
function* children(box: Buffer): Generator<{ readonly type: string; readonly body: Buffer }> {
  for (let at = 8; at + 8 <= box.length;) {
    const size = at + 16 <= box.length ? boxSize(box.subarray(at), box.length - at) : box.readUInt32BE(at);
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
export function trackOf(movie: Buffer): Track | undefined {
  for (const { type, body } of children(movie)) {
    const media = type === 'trak' ? child(body, 'mdia') : undefined;
    const [header, clock, kind] = [child(body, 'tkhd'), child(media, 'mdhd'), child(media, 'hdlr')];
    if (header === undefined || clock === undefined || kind?.toString('latin1', 16, 20) !== 'vide') continue;
    const timescale = longAt(clock, 20, 28);
    if (timescale > 0) return { id: longAt(header, 20, 28), timescale };
  }
  return undefined;
}

/** A number that stands further back in the version of the box with longer times; 0 when the box is cut. */
function longAt(box: Buffer, short: number, long: number): number {
  const at = box[8] === 1 ? long : short;
  return at + 4 <= box.length ? box.readUInt32BE(at) : 0;
}

/** Decoding times of the frames of a track in a fragment, in seconds. */
export function timesOf(fragment: Buffer, track: Track): readonly number[] {
  for (const { type, body } of children(fragment)) {
    const header = type === 'traf' ? child(body, 'tfhd') : undefined;
    const start = child(body, 'tfdt');
    if (header === undefined || start === undefined || header.length < 16 || start.length < 16) continue;
    if (header.readUInt32BE(12) === track.id)
      return ticksOf(body, baseOf(start), defaultDuration(header)).map((tick) => tick / track.timescale);
  }
  return [];
}

function baseOf(start: Buffer): number {
  return start[8] === 1 && start.length >= 20 ? Number(start.readBigUInt64BE(12)) : start.readUInt32BE(12);
}

function ticksOf(traf: Buffer, base: number, usual: number): readonly number[] {
  const ticks: number[] = [];
  let next = base;
  for (const run of children(traf)) {
    const durations = run.type === 'trun' ? durationsOf(run.body, usual) : [];
    for (const duration of durations) {
      // A run may claim any number of samples without a byte for each, and there may be any number of runs.
      if (ticks.length >= MAX_SAMPLES) return ticks;
      ticks.push(next);
      next += duration;
    }
  }
  return ticks;
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
  const size = 4 * [0x100, 0x200, 0x400, 0x800].filter((flag) => (flags & flag) !== 0).length;
  const first = 16 + ((flags & 0x1) !== 0 ? 4 : 0) + ((flags & 0x4) !== 0 ? 4 : 0);
  for (let index = 0, at = first; index < count && at + size <= run.length; index += 1, at += size)
    yield hasDuration ? run.readUInt32BE(at) : usual;
}

/** Whether a box is the undamaged header of a fragment: its parts fill it, with a sequence number and a track among them (§8.8.4). */
export function isFragmentHeader(fragment: Buffer): boolean {
  return isFilled(fragment) && child(fragment, 'mfhd')?.length === 16 && holds(fragment, 'traf', 'tfhd');
}

/** The same for the initialisation, which has at least one track (§8.2.1). */
export function isMovieHeader(movie: Buffer): boolean {
  return isFilled(movie) && child(movie, 'mvhd') !== undefined && holds(movie, 'trak', 'mdia');
}

function isFilled(box: Buffer): boolean {
  let filled = 8;
  for (const { body } of children(box)) filled += body.length;
  return filled === box.length;
}

function holds(box: Buffer, outer: string, inner: string): boolean {
  return child(child(box, outer), inner) !== undefined;
}

/** Whether the fragment says where its media data is by a position in the file (`base-data-offset-present`, §8.8.7). */
export function usesFilePositions(fragment: Buffer): boolean {
  for (const { type, body } of children(fragment)) {
    const header = type === 'traf' ? child(body, 'tfhd') : undefined;
    if (header !== undefined && header.length >= 12 && (header.readUInt32BE(8) & 0x1) !== 0) return true;
  }
  return false;
}
