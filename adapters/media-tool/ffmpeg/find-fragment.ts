import type { ByteWindow } from './byte-window.js';
import { boxAt, MAX_HEADER_BYTES } from './found-box.js';
import { isFragmentHeader } from './mp4-fragments.js';

const CHUNK_BYTES = 256 * 1024;
/** `moof` is preceded by its size and followed by an `mfhd` box of 16 bytes (ISO/IEC 14496-12 §8.8.5). */
const SIZE_BYTES = 4;
const START_BYTES = 16;
const MFHD = Buffer.from([0, 0, 0, 16, 0x6d, 0x66, 0x68, 0x64]);
/** What a look at a candidate costs at least, in bytes. */
const LOOK_BYTES = 4_096;
/** How many bytes may be read of candidates: in a file made of nothing but their beginnings, the search would take hours. */
const MAX_LOOK_BYTES = 64 * 1024 * 1024;

/** Finds complete fragments behind damage. */
export class FragmentSearch {
  readonly #bytes: ByteWindow;
  #budget = MAX_LOOK_BYTES;

  constructor(bytes: ByteWindow) {
    this.#bytes = bytes;
  }

  /** @returns where the next complete fragment begins, at or behind a position. */
  async from(position: number): Promise<number | undefined> {
    for (let begin = position; begin < this.#bytes.size && this.#budget > 0; begin += CHUNK_BYTES) {
      const chunk = await this.#bytes.at(begin, CHUNK_BYTES + START_BYTES);
      for (const start of candidates(chunk)) {
        if (await this.#isWhole(begin + start)) return begin + start;
        if (this.#budget <= 0) break;
      }
    }
    return undefined;
  }

  async #isWhole(at: number): Promise<boolean> {
    this.#budget -= LOOK_BYTES;
    const header = await boxAt(this.#bytes, at);
    if ('fault' in header || header.end - at > MAX_HEADER_BYTES) return false;
    this.#budget -= header.end - at;
    if (!isFragmentHeader(await this.#bytes.at(at, header.end - at))) return false;
    const data = await boxAt(this.#bytes, header.end);
    return !('fault' in data) && data.type === 'mdat';
  }
}

/** Where a header of a fragment may begin. */
function* candidates(chunk: Buffer): Generator<number> {
  for (let at = chunk.indexOf('moof', 0, 'latin1'); at >= 0; at = chunk.indexOf('moof', at + 1, 'latin1')) {
    const start = at - SIZE_BYTES;
    const isLikely = chunk.subarray(at + SIZE_BYTES, at + SIZE_BYTES + MFHD.length).equals(MFHD);
    if (start >= 0 && start < CHUNK_BYTES && isLikely) yield start;
  }
}
