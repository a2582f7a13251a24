/** Times of the video frames of a fragmented MP4 file (ISO/IEC 14496-12 §8.8), read without the frames. */
import type { FileHandle } from 'node:fs/promises';
import type { FramePosition, FrameReport } from '../../../ports/media-tool.js';
import { FrameClock } from './frame-clock.js';
import { boxSize } from './mp4-boxes.js';
import { timesOf, trackOf, type Track } from './mp4-fragments.js';

const HEADER_BYTES = 16;
/** A movie header or the header of a fragment. Larger ones are nonsense. */
const MAX_BOX_BYTES = 4 * 1024 * 1024;

interface Box {
  readonly type: string;
  readonly at: number;
  readonly end: number;
}

/** @param end where the file ended when it was looked at. */
export async function mp4Frames(
  file: FileHandle,
  from: FramePosition | undefined,
  end: number,
): Promise<FrameReport> {
  const clock = new FrameClock(from);
  const known = from?.byte ?? 0;
  let track: Track | undefined;
  let first: number | undefined;
  let byte = known;
  // The last box is still being written, or was never finished.
  for (let box = await boxAt(file, 0, end); box !== undefined;) {
    if (box.type === 'moov') track = trackOf(await readBox(file, box));
    const times = box.type === 'moof' && track ? timesOf(await readBox(file, box), track) : [];
    first ??= times[0];
    const news = box.at >= known ? times : [];
    for (const time of news) clock.step(time - (first ?? 0) - clock.seconds);
    byte = Math.max(byte, box.end);
    // The beginning says how the times count; what lies between it and the last look is known.
    box = await boxAt(file, first === undefined ? box.end : Math.max(box.end, known), end);
  }
  return clock.report(byte);
}

/** The box that begins here, if it is whole. */
async function boxAt(file: FileHandle, at: number, end: number): Promise<Box | undefined> {
  const header = Buffer.alloc(HEADER_BYTES);
  const { bytesRead } = await file.read(header, 0, HEADER_BYTES, at);
  const size = bytesRead < 8 ? 0 : boxSize(header, end - at);
  if (size < 8 || at + size > end) return undefined;
  return { type: header.toString('latin1', 4, 8), at, end: at + size };
}

async function readBox(file: FileHandle, { at, end }: Box): Promise<Buffer> {
  const box = Buffer.alloc(Math.min(end - at, MAX_BOX_BYTES));
  const { bytesRead } = await file.read(box, 0, box.length, at);
  return box.subarray(0, bytesRead);
}
