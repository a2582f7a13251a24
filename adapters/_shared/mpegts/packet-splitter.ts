/** Cuts a byte stream into MPEG-TS packets, and finds the next packet after bytes that are none. */

export const PACKET_BYTES = 188;
const SYNC = 0x47;
/** A byte 0x47 that has two others at the distance of a packet begins one. */
const PROOFS = 2;

export interface SplitterStats {
  /** Bytes that belong to no packet. */
  skippedBytes: number;
  /** How often packets were found again after such bytes. */
  resyncs: number;
}

export class PacketSplitter {
  readonly stats: SplitterStats = { skippedBytes: 0, resyncs: 0 };
  #rest: Buffer = Buffer.alloc(0);
  #isLocked = false;
  #hasSkipped = false;

  /** @param isLast nothing follows, so that what remains is judged by itself. @yields packets of 188 bytes; they are parts of the chunk. */
  *split(chunk: Uint8Array, isLast = false): Generator<Buffer> {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    let at = 0;
    for (;;) {
      at = this.#begin(all, at, isLast);
      if (at + PACKET_BYTES > all.length || !this.#isLocked) break;
      yield all.subarray(at, at + PACKET_BYTES);
      at += PACKET_BYTES;
    }
    // A copy, so that the memory of a large chunk is not kept.
    this.#rest = Buffer.from(all.subarray(at));
    if (!isLast) return;
    this.#skip(this.#rest.length);
    this.#rest = Buffer.alloc(0);
  }

  /** @returns where the next packet begins, or from where to look on when there is more. */
  #begin(all: Buffer, from: number, isLast: boolean): number {
    if (from >= all.length) return from;
    if (this.#isLocked && all[from] === SYNC) return from;
    this.#isLocked = false;
    let at = all.indexOf(SYNC, from);
    while (at !== -1) {
      const proof = this.#proofAt(all, at, isLast);
      if (proof === 'unknown') break;
      if (proof) {
        this.#isLocked = true;
        break;
      }
      at = all.indexOf(SYNC, at + 1);
    }
    const next = at === -1 ? all.length : at;
    this.#skip(next - from);
    if (this.#isLocked && this.#hasSkipped) this.stats.resyncs += 1;
    if (this.#isLocked) this.#hasSkipped = false;
    return next;
  }

  #proofAt(all: Buffer, at: number, isLast: boolean): boolean | 'unknown' {
    for (let proof = 1; proof <= PROOFS; proof++) {
      const byte = all[at + proof * PACKET_BYTES];
      if (byte === undefined) return isLast ? at + PACKET_BYTES <= all.length : 'unknown';
      if (byte !== SYNC) return false;
    }
    return true;
  }

  #skip(count: number): void {
    if (count === 0) return;
    this.stats.skippedBytes += count;
    this.#hasSkipped = true;
  }
}
