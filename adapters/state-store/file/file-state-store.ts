/** A StateStore of one JSON file per key, each replaced as a whole, shared by processes through locks. */
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import type { Clock } from '../../../ports/clock.js';
import type { Logger } from '../../../ports/logger.js';
import { isPortError, PortError } from '../../../ports/port-error.js';
import type { StateStore } from '../../../ports/state-store.js';
import { errnoOf } from '../../_shared/errno.js';
import { takeFileLock, type FileLock, type Flock } from '../../_shared/file-lock.js';
import { checkKey, encodeDocument, isKey } from '../../_shared/state-document.js';
import {
  DamagedDocument,
  moveAside,
  readDocument,
  removeDocument,
  replaceDocument,
  stampOf,
  toPortError,
} from './document-file.js';
import { FolderWatch } from './folder-watch.js';

export const FILE_STATE_STORE = 'file';

export interface FileStateStoreOptions {
  /** Absolute path; made with mode 0700 when it is missing. */
  readonly directory: string;
  /** For tests: where locks come from. */
  readonly flock?: Flock;
}

interface Deps {
  readonly log: Logger;
  readonly clock: Clock;
}

const SUFFIX = '.json';
const TEMPORARY = /^\.[a-z0-9.-]+\.tmp$/;
/** Another process (the command line) may be writing: only what is surely forgotten is removed. */
const STALE_AFTER_MS = 60_000;
/** A document that nobody has written to for so long is as it is meant to be. */
const SETTLE_MS = 500;
const SETTLE_STEP_MS = 50;
const LONGEST_SETTLE_MS = 2_000;
/** A lock is held for one reading and one writing; a card that stalls needs seconds for that. */
const LOCK_WAIT_MS = 15_000;

/** @throws PortError `OPTION_INVALID`, `STORAGE_FAILED`. */
export async function createFileStateStore(options: FileStateStoreOptions, deps: Deps): Promise<StateStore> {
  const { directory } = options;
  if (!path.isAbsolute(directory))
    throw new PortError('OPTION_INVALID', { detail: { option: 'directory', rule: 'an absolute path' } });
  try {
    await fs.mkdir(directory, { recursive: true, mode: 0o700 });
    await removeStale(directory, deps.log);
  } catch (cause) {
    throw toPortError(cause, 'cannot be used as the state folder', directory);
  }
  return new FileStateStore(options, deps);
}

class FileStateStore implements StateStore {
  readonly name = FILE_STATE_STORE;
  readonly supports = { persistence: true };
  readonly #directory: string;
  readonly #flock: Flock | undefined;
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #watch: FolderWatch;
  /** The last operation on each key that has one under way. */
  readonly #queues = new Map<string, Promise<unknown>>();
  #hasWarned = false;

  constructor({ directory, flock }: FileStateStoreOptions, { log, clock }: Deps) {
    this.#directory = directory;
    this.#flock = flock;
    this.#log = log;
    this.#clock = clock;
    this.#watch = new FolderWatch(directory, log);
  }

  async read(key: string): Promise<unknown> {
    const file = this.#fileOf(key);
    return this.#inTurn(key, async () => {
      try {
        return (await readDocument(file))?.value;
      } catch (cause) {
        if (!(cause instanceof DamagedDocument)) throw cause;
        // Another process may be replacing it this moment: only what is damaged under the lock is moved.
        return this.#locked(key, false, () => this.#readOrSetAside(key));
      }
    });
  }

  async write(key: string, value: unknown): Promise<void> {
    const file = this.#fileOf(key);
    const text = encodeDocument(key, value);
    return this.#inTurn(key, () => this.#locked(key, false, () => replaceDocument(file, text)));
  }

  async update(key: string, change: (document: unknown) => unknown): Promise<unknown> {
    checkKey(key);
    return this.#inTurn(key, () => this.#locked(key, true, () => this.#change(key, change)));
  }

  async remove(key: string): Promise<void> {
    const file = this.#fileOf(key);
    return this.#inTurn(key, () => this.#locked(key, false, () => removeDocument(file)));
  }

  async keys(): Promise<readonly string[]> {
    await Promise.allSettled(this.#queues.values());
    try {
      const names = await fs.readdir(this.#directory);
      const keys = names.filter((name) => name.endsWith(SUFFIX)).map((name) => name.slice(0, -SUFFIX.length));
      return keys.filter(isKey).sort();
    } catch (cause) {
      throw toPortError(cause, 'cannot be read', this.#directory);
    }
  }

  watch(key: string, listener: () => void): () => void {
    return this.#watch.add(`${checkKey(key)}${SUFFIX}`, listener);
  }

  async stamp(key: string): Promise<string | undefined> {
    return stampOf(this.#fileOf(key));
  }

  #fileOf(key: string): string {
    return path.join(this.#directory, `${checkKey(key)}${SUFFIX}`);
  }

  #inTurn<T>(key: string, operation: () => Promise<T>): Promise<T> {
    const before = this.#queues.get(key) ?? Promise.resolve();
    const result = before.then(operation, operation);
    const settled = result.then(
      () => undefined,
      () => undefined,
    );
    this.#queues.set(key, settled);
    void settled.then(() => {
      if (this.#queues.get(key) === settled) this.#queues.delete(key);
    });
    return result;
  }

  /** @param isRequired false for a document that one process writes: it can do without a lock where there is none to be had. */
  async #locked<T>(key: string, isRequired: boolean, operation: () => Promise<T>): Promise<T> {
    const lock = await this.#lock(key, isRequired);
    try {
      return await operation();
    } finally {
      await lock?.release();
    }
  }

  /** The lock has a file of its own, because the document is another file after each write. */
  async #lock(key: string, isRequired: boolean): Promise<FileLock | undefined> {
    const file = path.join(this.#directory, `.${key}.lock`);
    const options = {
      waitMs: LOCK_WAIT_MS,
      ...(this.#flock === undefined ? {} : { flock: this.#flock }),
    };
    try {
      const lock = await takeFileLock(file, options);
      if (lock !== undefined) return lock;
    } catch (error) {
      if (isRequired || !isWithoutLocks(error)) throw error;
      if (!this.#hasWarned)
        this.#log.warn('the state folder cannot be locked against other processes', { error });
      this.#hasWarned = true;
      return undefined;
    }
    throw new PortError('STORAGE_FAILED', {
      message: `another process has kept ${file} locked for ${String(LOCK_WAIT_MS / 1000)} s; stop that process, or try again`,
      retryable: true,
      detail: { key, path: file },
    });
  }

  async #change(key: string, change: (document: unknown) => unknown): Promise<unknown> {
    const before = await this.#readOrSetAside(key);
    let after: unknown;
    try {
      after = change(before);
    } catch (cause) {
      if (isPortError(cause, 'STATE_CORRUPT')) throw await this.#setAside(key, cause);
      throw cause;
    }
    if (after === undefined) return before;
    const text = encodeDocument(key, after);
    await replaceDocument(this.#fileOf(key), text);
    return JSON.parse(text) as unknown;
  }

  async #readOrSetAside(key: string): Promise<unknown> {
    try {
      return (await readSettled(this.#fileOf(key)))?.value;
    } catch (cause) {
      if (cause instanceof DamagedDocument) throw await this.#setAside(key, cause);
      throw cause;
    }
  }

  /** Only under the lock. */
  async #setAside(key: string, cause: Error): Promise<PortError> {
    const file = this.#fileOf(key);
    const found = `the stored document ${key} is damaged: ${cause.message}`;
    try {
      const keptAs = await moveAside(file, `${key}.corrupt-${String(this.#clock.now())}`);
      const remedy = `to restore it, put a good copy at ${file}`;
      const message = `${found}. It has been set aside as ${path.join(this.#directory, keptAs)}; ${remedy}`;
      this.#log.error('a stored document is damaged and has been set aside', { key, kept_as: keptAs, cause });
      return new PortError('STATE_CORRUPT', { message, cause, detail: { key, keptAs, remedy } });
    } catch (error) {
      this.#log.error('a stored document is damaged and could not be set aside', { key, error, cause });
      const remedy = `move ${file} away`;
      const message = `${found}, and could not be moved (${errnoOf(error)}); ${remedy}`;
      return new PortError('STATE_CORRUPT', { message, cause, detail: { key, remedy } });
    }
  }
}

/** An editor empties a file and then fills it, without any lock: what has just been written may be half of a document. */
async function readSettled(file: string): Promise<{ readonly value: unknown } | undefined> {
  for (let waited = 0; ; waited += SETTLE_STEP_MS)
    try {
      return await readDocument(file);
    } catch (cause) {
      const isYoung = cause instanceof DamagedDocument && (await ageOf(file)) < SETTLE_MS;
      if (!isYoung || waited >= LONGEST_SETTLE_MS) throw cause;
      await pause(SETTLE_STEP_MS);
    }
}

/** By the clock of the file system and of this machine: the injected one may be a test's. */
async function ageOf(file: string): Promise<number> {
  const facts = await fs.lstat(file).catch(() => undefined);
  return facts?.isFile() === true ? Math.abs(Date.now() - facts.mtimeMs) : Infinity;
}

function isWithoutLocks(error: unknown): boolean {
  if (isPortError(error, 'TOOL_MISSING')) return true;
  return isPortError(error, 'STORAGE_FAILED') && error.detail['hasLocks'] === false;
}

async function removeStale(directory: string, log: Logger): Promise<void> {
  for (const name of await fs.readdir(directory)) {
    if (!TEMPORARY.test(name)) continue;
    const file = path.join(directory, name);
    try {
      // The file system's clock is compared with itself: the injected one may be a test's.
      if (Date.now() - (await fs.lstat(file)).mtimeMs > STALE_AFTER_MS) await fs.rm(file, { force: true });
    } catch (error) {
      // Finished meanwhile by the process that was writing it.
      if (errnoOf(error) === 'ENOENT') continue;
      log.warn('an unfinished write of the state cannot be removed', { error });
    }
  }
}
