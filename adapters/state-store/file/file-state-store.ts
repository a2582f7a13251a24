/** A StateStore of one JSON file per key, each replaced as a whole. */
import { randomBytes } from 'node:crypto';
import { constants, promises as fs } from 'node:fs';
import path from 'node:path';

import type { Clock } from '../../../ports/clock.js';
import type { Logger } from '../../../ports/logger.js';
import { PortError } from '../../../ports/port-error.js';
import type { StateStore } from '../../../ports/state-store.js';
import { errnoOf, isDiskFull } from '../../_shared/errno.js';
import { checkKey, encodeDocument, isKey } from '../../_shared/state-document.js';

export const FILE_STATE_STORE = 'file';

export interface FileStateStoreOptions {
  /** Absolute path; made with mode 0700 when it is missing. */
  readonly directory: string;
}

const SUFFIX = '.json';
const TEMPORARY = /^\.[a-z0-9.-]+\.tmp$/;
/** Another process (the command line) may be writing: only what is surely forgotten is removed. */
const STALE_AFTER_MS = 60_000;

/** @throws PortError `OPTION_INVALID`, `STORAGE_FAILED`. */
export async function createFileStateStore(
  options: FileStateStoreOptions,
  deps: { readonly log: Logger; readonly clock: Clock },
): Promise<StateStore> {
  const { directory } = options;
  if (!path.isAbsolute(directory))
    throw new PortError('OPTION_INVALID', { detail: { option: 'directory', rule: 'an absolute path' } });
  try {
    await fs.mkdir(directory, { recursive: true, mode: 0o700 });
    await removeStale(directory, deps.log);
  } catch (cause) {
    throw toPortError(cause, 'the folder of the state cannot be used');
  }
  return new FileStateStore(directory, deps);
}

class FileStateStore implements StateStore {
  readonly name = FILE_STATE_STORE;
  readonly supports = { persistence: true };
  readonly #directory: string;
  readonly #log: Logger;
  readonly #clock: Clock;
  /** The last operation on each key that has one under way. */
  readonly #queues = new Map<string, Promise<unknown>>();

  constructor(directory: string, { log, clock }: { readonly log: Logger; readonly clock: Clock }) {
    this.#directory = directory;
    this.#log = log;
    this.#clock = clock;
  }

  async read(key: string): Promise<unknown> {
    const file = this.#fileOf(key);
    return this.#inTurn(key, async () => {
      const text = await readText(file);
      if (text === undefined) return undefined;
      try {
        return JSON.parse(text) as unknown;
      } catch (cause) {
        return this.#setAside(key, cause);
      }
    });
  }

  async write(key: string, value: unknown): Promise<void> {
    const file = this.#fileOf(key);
    const text = encodeDocument(key, value);
    return this.#inTurn(key, () => replaceFile(file, text));
  }

  async remove(key: string): Promise<void> {
    const file = this.#fileOf(key);
    return this.#inTurn(key, async () => {
      try {
        await fs.rm(file, { force: true });
        await syncDirectory(this.#directory);
      } catch (cause) {
        throw toPortError(cause, 'a document cannot be removed');
      }
    });
  }

  async keys(): Promise<readonly string[]> {
    await Promise.allSettled(this.#queues.values());
    try {
      const names = await fs.readdir(this.#directory);
      const keys = names.filter((name) => name.endsWith(SUFFIX)).map((name) => name.slice(0, -SUFFIX.length));
      return keys.filter(isKey).sort();
    } catch (cause) {
      throw toPortError(cause, 'the folder of the state cannot be read');
    }
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

  async #setAside(key: string, cause: unknown): Promise<never> {
    const keptAs = `${key}.corrupt-${this.#clock.now()}`;
    try {
      await fs.rename(this.#fileOf(key), path.join(this.#directory, keptAs));
      this.#log.error('a stored document is damaged; it was set aside', { key, kept_as: keptAs });
    } catch (error) {
      this.#log.error('a stored document is damaged and could not be set aside', { key, error });
    }
    throw new PortError('STATE_CORRUPT', { cause: positionOnly(cause), detail: { key, keptAs } });
  }
}

/** The parser quotes the text it stumbled over, which may be a secret. */
function positionOnly(cause: unknown): Error {
  const at = cause instanceof Error ? /position \d+/.exec(cause.message)?.[0] : undefined;
  return new Error(`not JSON${at === undefined ? '' : ` at ${at}`}`);
}

async function readText(file: string): Promise<string | undefined> {
  try {
    const handle = await fs.open(file, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      return await handle.readFile('utf8');
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if (errnoOf(cause) === 'ENOENT') return undefined;
    throw toPortError(cause, 'a document cannot be read');
  }
}

async function replaceFile(file: string, text: string): Promise<void> {
  const directory = path.dirname(file);
  const temporary = path.join(directory, `.${path.basename(file)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const handle = await fs.open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await fs.rename(temporary, file);
    await syncDirectory(directory);
  } catch (cause) {
    await fs.rm(temporary, { force: true }).catch(() => undefined);
    throw toPortError(cause, 'a document cannot be written');
  }
}

/** A rename survives a power cut only when its folder has reached the disk too. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await fs.open(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
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

function toPortError(cause: unknown, message: string): PortError {
  return new PortError(isDiskFull(cause) ? 'STORAGE_FULL' : 'STORAGE_FAILED', {
    message,
    cause,
    detail: { errno: errnoOf(cause) },
  });
}
