import type { FileStore, Logger } from '../../ports/index.js';
import type { SessionFile } from './recording-session.js';

/** Encoded pictures have no such run of zeros, a hole in a file has nothing else. */
const TAIL_BYTES = 128;

interface Tail {
  /** The tail ends here. */
  readonly sizeBytes: number;
  /** Whether there is anything but zeros in it. */
  readonly isFilled: boolean;
}

/**
 * Notices that the file being written was cut from outside. The writer does not: it writes on where it was, so that the file is
 * soon as long as before, with a hole in place of what was recorded. The hole reaches up to where the file ended before.
 */
export class CutCheck {
  readonly #files: Pick<FileStore, 'read'>;
  readonly #log: Logger;
  readonly #tails = new Map<string, Tail>();

  constructor(files: Pick<FileStore, 'read'>, log: Logger) {
    this.#files = files;
    this.#log = log;
  }

  /** Looks at the files being written. @returns the names of those that were cut since the look before. */
  async look(written: readonly Pick<SessionFile, 'filename' | 'sizeBytes'>[]): Promise<ReadonlySet<string>> {
    const names = new Set(written.map(({ filename }) => filename));
    for (const known of this.#tails.keys()) if (!names.has(known)) this.#tails.delete(known);
    const cut = await Promise.all(
      written.map(async (file) => ((await this.#isCut(file)) ? [file.filename] : [])),
    );
    return new Set(cut.flat());
  }

  async #isCut({ filename, sizeBytes }: Pick<SessionFile, 'filename' | 'sizeBytes'>): Promise<boolean> {
    const before = this.#tails.get(filename);
    if (before?.sizeBytes === sizeBytes || sizeBytes < TAIL_BYTES) return false;
    try {
      const wasFilled = before?.isFilled === true && before.sizeBytes <= sizeBytes;
      const isCut = wasFilled && !(await this.#isFilled(filename, before.sizeBytes));
      this.#tails.set(filename, { sizeBytes, isFilled: await this.#isFilled(filename, sizeBytes) });
      return isCut;
    } catch (cause) {
      this.#log.debug('the end of a recording could not be read', { file: filename, cause });
      return false;
    }
  }

  async #isFilled(filename: string, end: number): Promise<boolean> {
    const range = { first: end - TAIL_BYTES, last: end - 1 };
    let isFilled = false;
    for await (const chunk of this.#files.read('recordings', filename, range))
      isFilled ||= chunk.some((byte) => byte !== 0);
    return isFilled;
  }
}
