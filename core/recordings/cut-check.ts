import type { FileStore, Logger, StoredFile } from '../../ports/index.js';

/** Encoded pictures have no such run of zeros; a hole in a file has nothing else. */
const HOLE_BYTES = 256;
const HOLE = '\0'.repeat(HOLE_BYTES);
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

  /** @param written the files being written, as they are now. @returns the names of those that were cut since the look before. */
  async look(written: readonly WrittenFile[]): Promise<ReadonlySet<string>> {
    const names = new Set(written.map(({ filename }) => filename));
    for (const known of this.#sizes.keys()) if (!names.has(known)) this.#sizes.delete(known);
    const cut = await Promise.all(
      written.map(async (file) => ((await this.#isCut(file)) ? [file.filename] : [])),
    );
    return new Set(cut.flat());
  }

  async #isCut({ filename, sizeBytes }: WrittenFile): Promise<boolean> {
    const before = this.#sizes.get(filename);
    this.#sizes.set(filename, sizeBytes);
    if (before === undefined || sizeBytes <= before) return false;
    try {
      return await this.#hasHole(filename, Math.max(0, before - HOLE_BYTES), sizeBytes);
    } catch (cause) {
      this.#log.debug('the end of a recording could not be read', { file: filename, cause });
      return false;
    }
  }

  async #hasHole(filename: string, from: number, to: number): Promise<boolean> {
    let end = '';
    for await (const chunk of this.#files.read('recordings', filename, { first: from, last: to - 1 })) {
      const text = end + latin1.decode(chunk);
      if (text.includes(HOLE)) return true;
      end = text.slice(1 - HOLE_BYTES);
    }
    return false;
  }
}
