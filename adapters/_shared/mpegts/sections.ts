/** Sections of tables, put together from the payloads of a PID (ISO/IEC 13818-1, §2.4.4). */
import { crc32 } from './crc32.js';

const HEADER_BYTES = 3;
/** Of PAT and PMT. */
const LONGEST = 1024;
const STUFFING = 0xff;

export class SectionAssembler {
  #bytes: Buffer = Buffer.alloc(0);
  #isOpen = false;
  /** Sections that were damaged on their way. */
  damaged = 0;

  /** @returns the sections that are complete, without their CRC. */
  push(payload: Buffer, isStart: boolean): Buffer[] {
    if (!isStart) return this.#isOpen ? this.#append(payload) : [];
    const pointer = payload[0];
    if (pointer === undefined) return [];
    const begin = 1 + pointer;
    const before = this.#isOpen ? this.#append(payload.subarray(1, begin)) : [];
    this.drop();
    if (begin >= payload.length) return before;
    this.#isOpen = true;
    return [...before, ...this.#append(payload.subarray(begin))];
  }

  /** Something is missing: waits for the next beginning. */
  drop(): void {
    this.#bytes = Buffer.alloc(0);
    this.#isOpen = false;
  }

  #append(payload: Buffer): Buffer[] {
    this.#bytes = Buffer.concat([this.#bytes, payload]);
    const complete: Buffer[] = [];
    while (this.#bytes.length >= HEADER_BYTES && this.#bytes[0] !== STUFFING) {
      const length = HEADER_BYTES + (this.#bytes.readUInt16BE(1) & 0x0fff);
      if (length > LONGEST) {
        this.damaged += 1;
        this.drop();
        return complete;
      }
      if (this.#bytes.length < length) return complete;
      const section = this.#bytes.subarray(0, length);
      this.#bytes = this.#bytes.subarray(length);
      if (crc32(section) === 0) complete.push(section.subarray(0, -4));
      else this.damaged += 1;
    }
    if (this.#bytes[0] === STUFFING) this.drop();
    return complete;
  }
}
