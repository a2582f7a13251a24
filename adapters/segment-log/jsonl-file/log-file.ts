/** The file of the log: appended to with every byte on disk, and replaced as a whole by a rename. */
import { constants, promises as fs } from 'node:fs';
import path from 'node:path';
import { errnoOf } from '../../_shared/errno.js';

/** The part of an open file that the log writes with. */
export interface LogHandle {
  appendFile(text: string): Promise<void>;
  datasync(): Promise<void>;
  close(): Promise<void>;
}

/** Opens a file for writing; replaced in tests by disks that fail. */
export type LogFiles = (file: string, isNew: boolean) => Promise<LogHandle>;

/** Links are not followed: the log must not be led into another file. A named pipe is refused instead of waited for. */
const SAFE = constants.O_NOFOLLOW | constants.O_NONBLOCK;
const APPEND = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | SAFE;
const PRIVATE = 0o600;
const READ_BYTES = 1024 * 1024;
const WRITE_CHARACTERS = 1024 * 1024;

export const NODE_LOG_FILES: LogFiles = (file, isNew) =>
  fs.open(file, isNew ? APPEND | constants.O_EXCL : APPEND, PRIVATE);

export class LogFile {
  readonly path: string;
  readonly #files: LogFiles;
  #handle: LogHandle | undefined;
  /** The file may end in the middle of a line: the next one begins anew, which costs an empty line at worst. */
  #isTorn = false;

  constructor(file: string, files: LogFiles) {
    this.path = file;
    this.#files = files;
  }

  async open(): Promise<void> {
    if (this.#handle) return;
    await fs.mkdir(path.dirname(this.path), { recursive: true, mode: 0o700 });
    await fs.rm(this.#shorter, { force: true });
    this.#handle = await this.#files(this.path, false);
    this.#isTorn = true;
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }

  /** All lines without their newlines; empty ones are left out. */
  async *lines(): AsyncGenerator<readonly string[]> {
    const file = await fs.open(this.path, constants.O_RDONLY | SAFE).catch((cause: unknown) => {
      if (errnoOf(cause) !== 'ENOENT') throw cause;
    });
    if (!file) return;
    try {
      yield* linesOf(file);
    } finally {
      await file.close();
    }
  }

  async append(text: string): Promise<void> {
    await this.open();
    const handle = this.#handle as LogHandle;
    const begun = this.#isTorn ? `\n${text}` : text;
    this.#isTorn = true;
    await handle.appendFile(begun);
    await handle.datasync();
    this.#isTorn = false;
  }

  /** The file is either the old or the new one at every moment. */
  async replace(lines: Iterable<string>): Promise<void> {
    await fs.rm(this.#shorter, { force: true });
    const handle = await this.#files(this.#shorter, true);
    try {
      await writeAll(handle, lines);
      await handle.datasync();
    } catch (cause) {
      await handle.close();
      await fs.rm(this.#shorter, { force: true });
      throw cause;
    }
    await handle.close();
    await fs.rename(this.#shorter, this.path);
    await syncFolder(path.dirname(this.path));
    await this.close();
    await this.open();
  }

  get #shorter(): string {
    return `${this.path}.new`;
  }
}

async function* linesOf(file: fs.FileHandle): AsyncGenerator<readonly string[]> {
  const chunk = Buffer.allocUnsafe(READ_BYTES);
  let rest: Buffer = Buffer.alloc(0);
  for (let at = 0; ;) {
    const { bytesRead } = await file.read(chunk, 0, chunk.length, at);
    if (bytesRead === 0) break;
    at += bytesRead;
    const text = Buffer.concat([rest, chunk.subarray(0, bytesRead)]);
    const end = text.lastIndexOf(0x0a) + 1;
    // A longer line is damaged, and its end adds nothing.
    rest = text.subarray(end, end + READ_BYTES);
    yield split(text.toString('utf8', 0, end));
  }
  yield split(rest.toString('utf8'));
}

function split(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '');
}

async function writeAll(handle: LogHandle, lines: Iterable<string>): Promise<void> {
  let text = '';
  for (const line of lines) {
    text += line;
    if (text.length < WRITE_CHARACTERS) continue;
    await handle.appendFile(text);
    text = '';
  }
  await handle.appendFile(text);
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await fs.open(folder, constants.O_RDONLY);
  try {
    // Some file systems cannot do it for a folder, and keep renames in order without it.
    await handle.sync().catch(() => undefined);
  } finally {
    await handle.close();
  }
}
