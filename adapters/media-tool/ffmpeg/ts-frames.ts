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
  const at = payloadAt(packet);
  if (at === undefined || at + 19 > packet.length || packet.readUIntBE(at, 3) !== 1) return undefined;
  const isVideo = ((packet[at + 3] ?? 0) & 0xf0) === 0xe0;
  const marks = (packet[at + 7] ?? 0) >> 6;
  return isVideo && marks >= 2 ? stampAt(packet, at + (marks === 3 ? 14 : 9)) : undefined;
}

/** Where the payload of a packet begins that starts a PES packet. */
function payloadAt(packet: Buffer): number | undefined {
  const [sync, flags = 0, , control = 0, extra = 0] = packet;
  const isStart = sync === SYNC_BYTE && (flags & 0x40) !== 0;
  if (!isStart || (control & 0x10) === 0) return undefined;
  return 4 + ((control & 0x20) === 0 ? 0 : 1 + extra);
}

/** 33 bits in five bytes, with marker bits between them (§2.4.3.7). */
function stampAt(packet: Buffer, at: number): number {
  const high = ((packet[at] ?? 0) >> 1) & 0x7;
  const middle = packet.readUInt16BE(at + 1) >> 1;
  const low = packet.readUInt16BE(at + 3) >> 1;
  return high * 2 ** 30 + middle * 2 ** 15 + low;
}
