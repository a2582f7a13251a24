/** Which packets of an MPEG transport stream are in sync (ISO/IEC 13818-1 §2.4.3.2). */
import type { FileHandle } from 'node:fs/promises';
import type { IntegrityReport } from '../../../ports/media-tool.js';
import { IntactParts } from './intact-parts.js';

const PACKET_BYTES = 188;
const SYNC_BYTE = 0x47;
const CHUNK_BYTES = PACKET_BYTES * 4_096;
/** So many packets in a row are no coincidence: one byte in 256 looks like the first one of a packet. */
const SYNC_PACKETS = 5;
/** At the end of a file, fewer are left. */
const FEWEST_PACKETS = 2;

/** @returns `undefined` if there is no transport stream in the file. */
export async function tsIntegrity(
  file: FileHandle,
  size: number,
  signal: AbortSignal,
): Promise<IntegrityReport | undefined> {
  const scan = new PacketScan();
  const chunk = Buffer.alloc(CHUNK_BYTES);
  for (let at = 0; at < size && !scan.parts.isFull;) {
    signal.throwIfAborted();
    const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, at);
    if (bytesRead === 0) break;
    at += scan.take(chunk.subarray(0, bytesRead), at, bytesRead < CHUNK_BYTES || at + bytesRead >= size);
  }
  return scan.report(size);
}

class PacketScan {
  readonly parts = new IntactParts();
  #packets = 0;
  /** Where sync was lost; it is looked for from there on. `undefined` while in sync. */
  #lost: number | undefined = 0;

  /** @returns how many of the bytes are done with; the others are taken again with those after them. */
  take(bytes: Buffer, at: number, isEnd: boolean): number {
    let index = 0;
    while (index < bytes.length) {
      if (this.#lost !== undefined) {
        const found = at + index === 0 && beginsInSync(bytes) ? 0 : findSync(bytes, index, isEnd);
        if (found === undefined) return isEnd ? bytes.length : bytes.length - SYNC_PACKETS * PACKET_BYTES + 1;
        if (at + found > this.#lost) this.parts.problem(this.#lost, 'packets are not in sync');
        index = found;
      }
      this.#lost = undefined;
      const end = inSync(bytes, index);
      this.parts.keep(at + index, at + end);
      this.#packets += (end - index) / PACKET_BYTES;
      index = end;
      if (!isEnd && bytes.length - end < PACKET_BYTES) break;
      if (end < bytes.length) this.#lost = at + end;
    }
    return index;
  }

  report(size: number): IntegrityReport | undefined {
    if (this.#packets === 0) return undefined;
    const rest = size - (this.#lost ?? size);
    const reason = rest < PACKET_BYTES ? 'the last packet is incomplete' : 'packets are not in sync';
    if (rest > 0) this.parts.problem(size - rest, reason);
    return this.parts.report('mpegts', size, true);
  }
}

/** @returns where the packets from this index on end that are whole and in sync. */
function inSync(bytes: Buffer, from: number): number {
  let at = from;
  while (at + PACKET_BYTES <= bytes.length && bytes[at] === SYNC_BYTE) at += PACKET_BYTES;
  return at;
}

/** A file is expected to begin with a packet, so that fewer packets are proof enough. */
function beginsInSync(bytes: Buffer): boolean {
  return bytes[0] === SYNC_BYTE && bytes[PACKET_BYTES] === SYNC_BYTE && bytes.length >= 2 * PACKET_BYTES;
}

function findSync(bytes: Buffer, from: number, isEnd: boolean): number | undefined {
  for (let at = bytes.indexOf(SYNC_BYTE, from); at >= 0; at = bytes.indexOf(SYNC_BYTE, at + 1))
    if (isSync(bytes, at, isEnd)) return at;
  return undefined;
}

function isSync(bytes: Buffer, from: number, isEnd: boolean): boolean {
  const there = Math.floor((bytes.length - from) / PACKET_BYTES);
  const needed = isEnd ? Math.min(SYNC_PACKETS, Math.max(FEWEST_PACKETS, there)) : SYNC_PACKETS;
  if (there < needed) return false;
  for (let packet = 0; packet < needed; packet += 1)
    if (bytes[from + packet * PACKET_BYTES] !== SYNC_BYTE) return false;
  return true;
}
