import { readFile, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { takeFileLock, type FileLock } from '../../adapters/_shared/file-lock.js';
import { isRunning, processMark, type ProcessMark } from '../../adapters/_shared/plain/processes.mjs';
import { isPortError, PortError, type Logger } from '../../ports/index.js';

/** Stays in the folder when the service ends: if it were removed, two services could hold "the" lock. */
export const LOCK_FILE = '.camera-service.lock';

/** Who holds the lock, for messages only; whether it is held is the kernel's to say. */
interface Holder extends ProcessMark {
  readonly host: string;
}

/**
 * Keeps two services from sharing a folder, by whichever name they reach it: they would claim and delete each other's files. The
 * locks are the kernel's (flock) and end with the process, however it ends.
 */
export class FolderLocks {
  /** By device and inode: two names of one folder are one folder. */
  readonly #held = new Map<string, FileLock>();
  readonly #pid: number;
  readonly #log: Logger;

  constructor(pid: number, log: Logger) {
    this.#pid = pid;
    this.#log = log;
  }

  /**
   * Takes the folder for this service; nothing happens when it has it already. A file system without locks is used all the same,
   * with a warning.
   * @param key the configuration key that names the folder.
   * @throws PortError `ADDRESS_IN_USE` when another service uses it; `STORAGE_FAILED` when the lock file cannot be made.
   */
  async claim(key: string, folder: string, signal: AbortSignal): Promise<void> {
    const identity = await identityOf(folder, key);
    if (this.#held.has(identity)) return;
    const path = join(folder, LOCK_FILE);
    try {
      const lock = await takeFileLock(path, { waitMs: 0 }, signal);
      if (lock === undefined) throw await inUse(key, folder, path);
      this.#held.set(identity, lock);
      const mark = processMark(this.#pid) ?? { pid: this.#pid, startTicks: '' };
      await writeFile(path, `${JSON.stringify({ ...mark, host: hostname() } satisfies Holder)}\n`);
    } catch (cause) {
      if (!isUnlockable(cause)) throw cause;
      this.#log.warn('this folder cannot be locked: nothing prevents a second service from using it', {
        folder,
        key,
        cause,
      });
    }
  }

  async release(): Promise<void> {
    for (const lock of this.#held.values()) await lock.release();
    this.#held.clear();
  }
}

async function identityOf(folder: string, key: string): Promise<string> {
  try {
    const { dev, ino } = await stat(folder);
    return `${String(dev)}:${String(ino)}`;
  } catch (cause) {
    const { code = 'unknown' } = cause as NodeJS.ErrnoException;
    throw new PortError('STORAGE_FAILED', {
      message: `${key}: the folder ${folder} cannot be used (${code})`,
      cause,
      detail: { key, remedy: `give this user access to it, or set ${key} to another folder` },
    });
  }
}

async function inUse(key: string, folder: string, path: string): Promise<PortError> {
  const holder = await readHolder(path);
  const who = holder === undefined ? '' : ` (process ${String(holder.pid)}${whereOf(holder)})`;
  return new PortError('ADDRESS_IN_USE', {
    message: `another camera service${who} uses ${folder}`,
    detail: {
      key,
      folder,
      ...(holder === undefined ? {} : { holder: holder.pid }),
      remedy: `stop it, or set ${key} of this one to another folder`,
    },
  });
}

/** A number means something only where it was given: elsewhere it is told with the name of the machine or container. */
function whereOf(holder: Holder): string {
  return holder.host === hostname() && isRunning(holder) ? '' : ` on ${holder.host}`;
}

async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    const { pid, startTicks, host } = JSON.parse(await readFile(path, 'utf8')) as Partial<Holder>;
    if (!Number.isInteger(pid) || typeof startTicks !== 'string' || typeof host !== 'string')
      return undefined;
    return { pid: Number(pid), startTicks, host };
  } catch {
    return undefined;
  }
}

/** Nothing here can lock, the file system has no locks, or it cannot be written and so needs none: no reason not to run. */
function isUnlockable(cause: unknown): boolean {
  if (isPortError(cause, 'TOOL_MISSING')) return true;
  if (!isPortError(cause, 'STORAGE_FAILED')) return false;
  const { hasLocks, errno } = cause.detail;
  return hasLocks === false || errno === 'EROFS';
}
