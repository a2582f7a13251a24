/** The file of the trail: appended to, closed when it is full, kept under a number. */
import { constants, promises as fs, type Stats } from 'node:fs';
import path from 'node:path';
import { errnoOf } from '../../_shared/errno.js';

/** The part of an open file that the trail uses. */
export interface TrailHandle {
  write(bytes: Uint8Array): Promise<{ readonly bytesWritten: number }>;
  stat(): Promise<Pick<Stats, 'size' | 'ino' | 'dev'>>;
  chmod(mode: number): Promise<void>;
  close(): Promise<void>;
}

/** Opens a file for appending; replaced in tests by disks that fail. */
export type TrailFiles = (file: string) => Promise<TrailHandle>;

/** Links are not followed: the trail must not be led into another file. */
const FLAGS = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;
const PRIVATE = 0o600;

export const NODE_FILES: TrailFiles = (file) => fs.open(file, FLAGS, PRIVATE);

export interface TrailFileOptions {
  readonly directory: string;
  readonly maxSizeBytes: number;
  readonly maxFiles: number;
}

const NEWLINE = '\n';

export class TrailFile {
  readonly #options: TrailFileOptions;
  readonly #files: TrailFiles;
  readonly path: string;
  #handle: TrailHandle | undefined;
  #size = 0;
  /** The file ends in the middle of a line, which a full disk or a crash cut off. */
  #isTorn = false;

  constructor(options: TrailFileOptions, files: TrailFiles) {
    this.#options = options;
    this.#files = files;
    this.path = path.join(options.directory, 'audit.jsonl');
  }

  async open(): Promise<void> {
    if (this.#handle !== undefined) return;
    await fs.mkdir(this.#options.directory, { recursive: true });
    const handle = await this.#files(this.path);
    try {
      // A file that was there before may have been readable by others.
      await handle.chmod(PRIVATE);
      this.#size = (await handle.stat()).size;
      this.#isTorn = this.#size > 0 && (await endsTorn(this.path, this.#size));
      this.#handle = handle;
    } catch (cause) {
      await handle.close();
      throw cause;
    }
  }

  /** Appends lines, each with its newline, together. @returns how many are in the file, and why the others are not. */
  async write(lines: readonly string[]): Promise<{ readonly kept: number; readonly cause?: unknown }> {
    let written = 0;
    try {
      const handle = await this.#ready();
      const text = this.#isTorn ? [NEWLINE, ...lines] : lines;
      const bytes = Buffer.from(text.join(''));
      written = this.#isTorn ? -NEWLINE.length : 0;
      // Until all is written the file may end in the middle of a line; a line that begins anew costs an empty one at worst.
      this.#isTorn = true;
      for (let done = 0; done < bytes.length;) {
        const { bytesWritten } = await handle.write(bytes.subarray(done));
        done += bytesWritten;
        written += bytesWritten;
        this.#size += bytesWritten;
      }
      this.#isTorn = false;
      return { kept: lines.length };
    } catch (cause) {
      return { kept: complete(lines, written), cause };
    }
  }

  async #ready(): Promise<TrailHandle> {
    await this.#leaveLostFile();
    await this.open();
    if (this.#size > this.#options.maxSizeBytes) await this.#rotate();
    return this.#handle as TrailHandle;
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }

  /** Somebody may have moved or removed the file: entries go to where it is looked for, not to where nobody looks. */
  async #leaveLostFile(): Promise<void> {
    if (this.#handle === undefined) return;
    const there = await fs.lstat(this.path).catch((cause: unknown) => {
      if (errnoOf(cause) === 'ENOENT') return undefined;
      throw cause;
    });
    const own = await this.#handle.stat();
    if (there?.ino !== own.ino || there.dev !== own.dev) await this.close();
    else this.#size = own.size;
  }

  /** `audit.jsonl` becomes `audit.1.jsonl`, that one `audit.2.jsonl`, and the last one goes. */
  async #rotate(): Promise<void> {
    await this.close();
    const last = this.#options.maxFiles - 1;
    await fs.rm(this.#numbered(last), { force: true });
    for (let number = last - 1; number >= 0; number--) {
      await fs.rename(this.#numbered(number), this.#numbered(number + 1)).catch((cause: unknown) => {
        if (errnoOf(cause) !== 'ENOENT') throw cause;
      });
    }
    await this.open();
  }

  #numbered(number: number): string {
    return number === 0 ? this.path : path.join(this.#options.directory, `audit.${String(number)}.jsonl`);
  }
}

/** How many lines are within the first bytes. */
function complete(lines: readonly string[], bytes: number): number {
  let left = bytes;
  for (const [index, line] of lines.entries()) {
    left -= Buffer.byteLength(line);
    if (left < 0) return index;
  }
  return lines.length;
}

async function endsTorn(file: string, size: number): Promise<boolean> {
  const reader = await fs.open(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const { buffer } = await reader.read(Buffer.alloc(1), 0, 1, size - 1);
    return buffer.toString('latin1') !== NEWLINE;
  } finally {
    await reader.close();
  }
}
