/** PES packets, put together from the payloads of a PID (ISO/IEC 13818-1, §2.4.3.6). */

export interface PesPacket {
  readonly streamId: number;
  /** Presentation time, in ticks of 90 kHz and 33 bits. */
  readonly pts?: number;
  readonly data: Buffer;
  /** False if the end is missing. */
  readonly isComplete: boolean;
}

export const LONGEST_PES_BYTES = 1_048_576;
const HEADER_BYTES = 6;
const OPTIONAL_HEADER_BYTES = 3;
/** Stream identifiers whose packets have no optional header (table 2-21). */
const WITHOUT_HEADER: readonly number[] = [0xbc, 0xbe, 0xbf, 0xf0, 0xf1, 0xf2, 0xf8, 0xff];

export class PesAssembler {
  #parts: Buffer[] = [];
  #length = 0;
  /** The length that the packet says it has; 0 if it does not say. */
  #wanted = 0;
  /** Its length has been read. */
  #isSized = false;
  #isOpen = false;
  /** Packets that were longer than they may be. */
  oversized = 0;

  /** @returns the packets that are complete now. */
  push(payload: Buffer, isStart: boolean): readonly PesPacket[] {
    const before = isStart ? this.end() : [];
    if (isStart) this.#isOpen = true;
    if (!this.#isOpen) return before;
    // Payloads are parts of a buffer that others use again.
    this.#parts.push(Buffer.from(payload));
    this.#length += payload.length;
    if (this.#length > LONGEST_PES_BYTES) {
      this.oversized += 1;
      this.#close();
      return before;
    }
    if (!this.#isSized && this.#length >= HEADER_BYTES) this.#wanted = this.#totalLength();
    if (this.#wanted === 0 || this.#length < this.#wanted) return before;
    return [...before, ...this.#take(true)];
  }

  /** Nothing more comes of the packet. @returns it, as far as it is there. */
  end(): readonly PesPacket[] {
    return this.#isOpen && this.#length > 0 ? this.#take(this.#wanted === 0) : [];
  }

  #totalLength(): number {
    this.#isSized = true;
    if (this.#parts.length > 1) this.#parts = [Buffer.concat(this.#parts)];
    const length = this.#parts[0]?.readUInt16BE(4) ?? 0;
    return length === 0 ? 0 : HEADER_BYTES + length;
  }

  #take(isComplete: boolean): readonly PesPacket[] {
    const all = Buffer.concat(this.#parts);
    const whole = this.#wanted === 0 ? all : all.subarray(0, this.#wanted);
    this.#close();
    const read = readPes(whole);
    return read === undefined ? [] : [{ ...read, isComplete }];
  }

  #close(): void {
    this.#parts = [];
    this.#length = 0;
    this.#wanted = 0;
    this.#isSized = false;
    this.#isOpen = false;
  }
}

/** @returns `undefined` for what does not begin like a PES packet. */
function readPes(bytes: Buffer): Omit<PesPacket, 'isComplete'> | undefined {
  if (bytes.length < HEADER_BYTES || bytes.readUIntBE(0, 3) !== 1) return undefined;
  const streamId = bytes.readUInt8(3);
  if (WITHOUT_HEADER.includes(streamId)) return { streamId, data: bytes.subarray(HEADER_BYTES) };
  if (bytes.length < HEADER_BYTES + OPTIONAL_HEADER_BYTES) return undefined;
  const flags = bytes.readUInt8(7);
  const begin = HEADER_BYTES + OPTIONAL_HEADER_BYTES + bytes.readUInt8(8);
  const data = bytes.subarray(Math.min(begin, bytes.length));
  const hasPts = (flags & 0x80) !== 0 && begin >= 14 && bytes.length >= 14;
  return { streamId, ...(hasPts ? { pts: ptsAt(bytes, 9) } : {}), data };
}

/** 33 bits, with a marker behind each 3, 15 and 15 of them. */
function ptsAt(bytes: Buffer, at: number): number {
  const high = (bytes.readUInt8(at) >> 1) & 0x07;
  const middle = bytes.readUInt16BE(at + 1) >> 1;
  const low = bytes.readUInt16BE(at + 3) >> 1;
  return high * 2 ** 30 + middle * 2 ** 15 + low;
}
