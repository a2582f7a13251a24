/** Locks that the kernel holds (flock(2)): they end with the process, however it ends, and hold across containers that share the file. */
import { spawn } from 'node:child_process';
import { constants, promises as fs } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { getSystemErrorName } from 'node:util';

import { PortError } from '../../ports/port-error.js';
import { errnoOf } from './errno.js';
import { remedyFor } from './file-remedy.js';
import { giveToOwnerOf } from './owner.js';
import { NATIVE_PACKAGES } from './plain/native-packages.mjs';

/** A lock that is held. */
export interface FileLock {
  /** Gives it back; may be repeated. */
  release(): Promise<void>;
}

export interface FileLockOptions {
  /** How long to wait for another holder. */
  readonly waitMs: number;
  /** For tests: where the lock comes from. */
  readonly flock?: Flock;
}

/** Locks or unlocks an open file. @returns false when another open file holds the lock. @throws PortError */
export type Flock = (fd: number, operation: 'lock' | 'unlock') => Promise<boolean>;

/** From asm-generic/fcntl.h; the same on every machine Linux runs on. */
const LOCK_EX = 2;
const LOCK_NB = 4;
const LOCK_UN = 8;
/** Holders need a few milliseconds, most of them for one write to the disk. */
const LOOK_MS = 5;

/**
 * Takes the lock of a file or folder, waiting at most `waitMs` for whoever holds it.
 * A file is made (0600, empty) when it is missing and stays afterwards: removing it would let two processes hold "the" lock.
 * The lock counts between processes that use it; nobody is kept from reading or writing.
 * @returns `undefined` when another holder, in this process or another one, did not give it back in time.
 * @throws PortError `TOOL_MISSING` when nothing here can lock; `STORAGE_FAILED` when the file cannot be opened, or its file
 * system has no locks (`detail.hasLocks` is false).
 */
export async function takeFileLock(
  path: string,
  { waitMs, flock }: FileLockOptions,
  signal?: AbortSignal,
): Promise<FileLock | undefined> {
  const lock = flock ?? (await loadFlock());
  const deadline = performance.now() + waitMs;
  for (;;) {
    signal?.throwIfAborted();
    const held = await tryOnce(path, lock);
    if (held !== undefined) return held;
    if (performance.now() >= deadline) return undefined;
    await delay(LOOK_MS * (1 + Math.random()), undefined, signal === undefined ? {} : { signal });
  }
}

async function tryOnce(path: string, flock: Flock): Promise<FileLock | undefined> {
  const handle = await open(path);
  let isKept = false;
  try {
    if (!(await flock(handle.fd, 'lock'))) return undefined;
    // Somebody may have replaced or removed the file since it was opened: what is locked then is not what others will lock.
    isKept = await isSame(path, handle);
    return isKept ? heldBy(handle, flock) : undefined;
  } catch (cause) {
    if (cause instanceof PortError) throw cause;
    throw failed(path, cause);
  } finally {
    if (!isKept) await handle.close();
  }
}

async function open(path: string): Promise<fs.FileHandle> {
  const { O_RDONLY, O_DIRECTORY, O_RDWR, O_CREAT, O_NOFOLLOW } = constants;
  try {
    return await fs.open(path, O_RDONLY | O_DIRECTORY);
  } catch (cause) {
    if (!['ENOTDIR', 'ENOENT'].includes(errnoOf(cause))) throw failed(path, cause);
  }
  try {
    const handle = await fs.open(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0o600);
    await giveToOwnerOf(dirname(path), handle);
    return handle;
  } catch (cause) {
    throw failed(path, cause);
  }
}

async function isSame(path: string, handle: fs.FileHandle): Promise<boolean> {
  const [here, there] = [await handle.stat(), await fs.stat(path).catch(() => undefined)];
  return there?.ino === here.ino && there.dev === here.dev;
}

function heldBy(handle: fs.FileHandle, flock: Flock): FileLock {
  let isHeld = true;
  return {
    async release() {
      if (!isHeld) return;
      isHeld = false;
      // Closing alone would leave the lock with a child that was forked this moment and has not yet replaced itself.
      await flock(handle.fd, 'unlock').finally(() => handle.close());
    },
  };
}

let loading: Promise<Flock> | undefined;

/** The system call where koffi is there; otherwise the program of util-linux or BusyBox on a copy of the open file. */
export function loadFlock(): Promise<Flock> {
  loading ??= bindFlock().catch(() => flockProgram);
  return loading;
}

async function bindFlock(): Promise<Flock> {
  const { default: koffi } = await import('koffi');
  const flock = koffi.load(null).func('flock', 'int', ['int', 'int']);
  const { EWOULDBLOCK, EINTR } = (await import('node:os')).constants.errno;
  return async (fd, operation) => {
    for (;;) {
      if (Number(flock(fd, operation === 'lock' ? LOCK_EX | LOCK_NB : LOCK_UN)) === 0) return true;
      const errno = koffi.errno();
      if (errno === EWOULDBLOCK) return false;
      if (errno !== EINTR)
        throw Object.assign(new Error(`flock: ${getSystemErrorName(-errno)}`), {
          code: getSystemErrorName(-errno),
        });
    }
  };
}

const LOCK_REMEDY = `${NATIVE_PACKAGES.koffi.install}, or install util-linux`;

/** A lock belongs to the open file, which the program shares with this process; so it stays when the program ends. */
export const flockProgram: Flock = async (fd, operation) => {
  const words = operation === 'lock' ? ['-x', '-n', '3'] : ['-u', '3'];
  const child = spawn('flock', words, { stdio: ['ignore', 'ignore', 'ignore', fd] });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  }).catch((cause: unknown) => {
    throw new PortError('TOOL_MISSING', {
      message: `files cannot be locked: neither the package koffi nor the program flock is available; ${LOCK_REMEDY}`,
      cause,
      detail: { tool: 'flock', remedy: LOCK_REMEDY },
    });
  });
  if (code === 0) return true;
  if (code === 1) return false;
  throw new Error(`flock ended with ${String(code)}`);
};

function failed(path: string, cause: unknown): PortError {
  const errno = errnoOf(cause);
  const hasLocks = !['ENOSYS', 'ENOLCK', 'EOPNOTSUPP', 'ENOTSUP'].includes(errno);
  const remedy = hasLocks
    ? (remedyFor(errno, path) ?? `check that this user may write to ${path}`)
    : 'its file system does not support locks; use a local file system';
  return new PortError('STORAGE_FAILED', {
    message: `${path} cannot be locked (${errno === '' ? String(cause) : errno}): ${remedy}`,
    cause,
    detail: { errno, path, hasLocks, remedy },
  });
}
