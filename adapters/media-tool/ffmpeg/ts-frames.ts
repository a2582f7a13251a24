/** Times of the video frames of an MPEG transport stream (ISO/IEC 13818-1 §2.4.3): one PES packet each, with a time stamp. */
import type { FileHandle } from 'node:fs/promises';
import type { FramePosition, FrameReport } from '../../../ports/media-tool.js';
import { FrameClock } from './frame-clock.js';

const PACKET_BYTES = 188;
const SYNC_BYTE = 0x47;
const CHUNK_BYTES = PACKET_BYTES * 4_096;
const CLOCK_HZ = 90_000;
const WRAP = 2 ** 33;

/** Where a look begins again: the time stamp of its last frame must be read once more. */
const OVERLAP_BYTES = PACKET_BYTES * 16_384;

export async function tsFrames(
  file: FileHandle,
  from: FramePosition | undefined,
  end: number,
): Promise<FrameReport> {
  const clock = new FrameClock(from);
  const known = from?.byte ?? 0;
  const chunk = Buffer.alloc(CHUNK_BYTES);
  let last: number | undefined;
  const whole = end - (end % PACKET_BYTES);
  for (let at = Math.max(0, known - OVERLAP_BYTES); at < whole;) {
    const { bytesRead } = await file.read(chunk, 0, Math.min(CHUNK_BYTES, whole - at), at);
    const packets = Math.floor(bytesRead / PACKET_BYTES);
    if (packets === 0) break;
    for (let index = 0; index < packets; index += 1) {
      const time = frameTime(chunk.subarray(index * PACKET_BYTES, (index + 1) * PACKET_BYTES));
      if (time === undefined) continue;
      if (last !== undefined && at + index * PACKET_BYTES >= known) clock.step(passed(last, time));
      last = time;
    }
    at += packets * PACKET_BYTES;
  }
  return clock.report(Math.max(known, whole));
}

/** Seconds between two stamps of 33 bits. More than half of their range is time that runs backwards. */
function passed(from: number, to: number): number {
  const ticks = (to - from + WRAP) % WRAP;
  return ticks < WRAP / 2 ? ticks / CLOCK_HZ : 0;
}

/** The decoding time (or the presentation time, when they are the same) of a video frame that begins in this packet. */
function frameTime(packet: Buffer): number | undefined {
  if (packet[0] !== SYNC_BYTE || ((packet[1] ?? 0) & 0x40) === 0) return undefined;
  const control = ((packet[3] ?? 0) >> 4) & 0x3;
  if ((control & 0x1) === 0) return undefined;
  const at = 4 + ((control & 0x2) === 0 ? 0 : 1 + (packet[4] ?? 0));
  if (at + 19 > packet.length || packet.readUIntBE(at, 3) !== 1) return undefined;
  const stream = packet[at + 3] ?? 0;
  const marks = (packet[at + 7] ?? 0) >> 6;
  if (stream < 0xe0 || stream > 0xef || marks < 2) return undefined;
  return stampAt(packet, at + (marks === 3 ? 14 : 9));
}

/** 33 bits in five bytes, with marker bits between them (§2.4.3.7). */
function stampAt(packet: Buffer, at: number): number {
  const high = ((packet[at] ?? 0) >> 1) & 0x7;
  const middle = packet.readUInt16BE(at + 1) >> 1;
  const low = packet.readUInt16BE(at + 3) >> 1;
  return high * 2 ** 30 + middle * 2 ** 15 + low;
}
