import type { FileStore, Logger, StoredFile } from '../../ports/index.js';

/** Encoded pictures have no such run of zeros; a hole in a file has nothing else. */
const HOLE_BYTES = 256;
const HOLE = '\0'.repeat(HOLE_BYTES);
/** How much is read at a time to find where a hole begins. */
const BLOCK_BYTES = 1 << 20;
const latin1 = new TextDecoder('latin1');

type WrittenFile = Pick<StoredFile, 'filename' | 'sizeBytes'>;

/**
 * Notices that a file was cut from outside while it is written. The writer does not notice: it goes on at its own position, so that
 * the file is soon as long as before, with a hole in place of what was recorded. Its end as it was at the look before, and what
 * has come since, are read for such a hole.
 */
export class CutCheck {
  readonly #files: Pick<FileStore, 'read'>;
  readonly #log: Logger;
  readonly #sizes = new Map<string, number>();

  constructor(files: Pick<FileStore, 'read'>, log: Logger) {
    this.#files = files;
    this.#log = log;
  }

  /**
   * @param written the files being written, as they are now.
   * @returns those that were cut since the look before, by name, with how many bytes from their beginning are whole.
   */
  async look(written: readonly WrittenFile[]): Promise<ReadonlyMap<string, number>> {
    const names = new Set(written.map(({ filename }) => filename));
    for (const known of this.#sizes.keys()) if (!names.has(known)) this.#sizes.delete(known);
    const cut = await Promise.all(
      written.map(async (file): Promise<readonly (readonly [string, number])[]> => {
        const whole = await this.#wholeBytes(file);
        return whole === undefined ? [] : [[file.filename, whole]];
      }),
    );
    return new Map(cut.flat());
  }

  /** @returns `undefined` for a file that was not cut. */
  async #wholeBytes({ filename, sizeBytes }: WrittenFile): Promise<number | undefined> {
    const before = this.#sizes.get(filename);
    this.#sizes.set(filename, sizeBytes);
    if (before === undefined || sizeBytes === before) return undefined;
    if (sizeBytes < before) return sizeBytes;
    try {
      const hole = await this.#holeAfter(filename, Math.max(0, before - HOLE_BYTES), sizeBytes);
      return hole === undefined ? undefined : await this.#beginOf(filename, hole);
    } catch (cause) {
      this.#log.debug('the end of a recording could not be read', { file: filename, cause });
      return undefined;
    }
  }

  /** @returns a position inside the first hole. */
  async #holeAfter(filename: string, from: number, to: number): Promise<number | undefined> {
    let end = '';
    let position = from;
    for await (const chunk of this.#read(filename, from, to)) {
      const text = end + latin1.decode(chunk);
      const found = text.indexOf(HOLE);
      if (found >= 0) return position - end.length + found;
      position += chunk.length;
      end = text.slice(1 - HOLE_BYTES);
    }
    return undefined;
  }

  /** @returns where the hole that is around a position begins. */
  async #beginOf(filename: string, hole: number): Promise<number> {
    for (let end = hole; end > 0; end -= BLOCK_BYTES) {
      const begin = Math.max(0, end - BLOCK_BYTES);
      let [position, whole] = [begin, begin];
      for await (const chunk of this.#read(filename, begin, end)) {
        const last = chunk.findLastIndex((byte) => byte !== 0);
        if (last >= 0) whole = position + last + 1;
        position += chunk.length;
      }
      if (whole > begin) return whole;
    }
    return 0;
  }

  #read(filename: string, from: number, to: number): AsyncIterable<Uint8Array> {
    return this.#files.read('recordings', filename, { first: from, last: to - 1 });
  }
}
