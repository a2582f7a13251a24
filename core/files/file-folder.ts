import { isPortError, type Clock, type FileKind, type FileStore, type Logger } from '../../ports/index.js';
import type { StoredFile } from '../../ports/index.js';

export interface FileFolderDeps {
  readonly kind: FileKind;
  readonly files: FileStore;
  readonly clock: Clock;
  readonly log: Logger;
  /** Called for each file that is new or has changed. */
  readonly found: (file: StoredFile) => void;
  /** Called for each file that is not there any more. */
  readonly gone: (filename: string) => void;
  readonly names: () => Iterable<string>;
}

/** What was looked at within this time is good enough. */
const STALE_MS = 250;
/** A folder that takes longer than this to list is listed in the background, and the last listing answers meanwhile. */
const PATIENCE_MS = 30;
/** A listing that is older than this is not used any more, however long it takes. */
const OLD_MS = 10_000;
/** More calls at a time only wait for each other. */
const CONCURRENT = 32;

/** Follows one folder: by what the store reports of it, or by listing it again where the store reports nothing. */
export class FileFolder {
  readonly #deps: FileFolderDeps;
  /** Names that something has happened to since the last look. */
  #changed = new Set<string>();
  #unwatch: (() => void) | undefined;
  /** The folder that is watched, and when it was last found to be the same one. */
  #identity: string | undefined;
  #checkedMs = -Infinity;
  #sweptMs = -Infinity;
  #listedMs = -Infinity;
  #tookMs = 0;
  #listing: Promise<void> | undefined;
  #settling: Promise<void> | undefined;

  constructor(deps: FileFolderDeps) {
    this.#deps = deps;
  }

  /** Watches and lists the folder. @throws PortError `STORAGE_FAILED`. */
  async start(): Promise<void> {
    this.stop();
    await this.refresh();
  }

  stop(): void {
    this.#unwatch?.();
    this.#unwatch = undefined;
  }

  /** Brings what is known up to date. @throws PortError `STORAGE_FAILED`. */
  async settle(): Promise<void> {
    // One look at a time; what happens meanwhile is found by the next one.
    while (this.#settling) await this.#settling;
    this.#settling = this.#settle().finally(() => (this.#settling = undefined));
    await this.#settling;
  }

  /** Compares the names with what is known, when that was not done within this time: events may have been lost. */
  async sweep(withinMs: number): Promise<void> {
    const { files, kind, clock, names } = this.#deps;
    if (!this.#unwatch || clock.monotonicMs() - this.#sweptMs < withinMs) return await this.settle();
    this.#sweptMs = clock.monotonicMs();
    const there = new Set(await files.names?.(kind));
    for (const name of names()) if (!there.delete(name)) this.#changed.add(name);
    for (const name of there) this.#changed.add(name);
    await this.settle();
  }

  /** Lists the folder again. Callers at the same time share it. */
  refresh(): Promise<void> {
    this.#listing ??= this.#list().finally(() => (this.#listing = undefined));
    return this.#listing;
  }

  async #settle(): Promise<void> {
    const { clock, files, kind } = this.#deps;
    if (!this.#unwatch) return await this.#relist();
    const now = clock.monotonicMs();
    if (now - this.#checkedMs > STALE_MS) {
      const identity = await files.identity(kind);
      this.#checkedMs = now;
      if (identity !== this.#identity) return await this.refresh();
    }
    await this.#stat();
  }

  /** Without reports: the listing of a moment ago, or a new one. */
  async #relist(): Promise<void> {
    const age = this.#deps.clock.monotonicMs() - this.#listedMs;
    if (age <= STALE_MS) return;
    const listing = this.refresh();
    if (this.#tookMs <= PATIENCE_MS || age > OLD_MS) return await listing;
    listing.catch((cause: unknown) => {
      const { kind } = this.#deps;
      this.#deps.log.warn('files could not be listed; the previous listing is used', { kind, cause });
    });
  }

  async #list(): Promise<void> {
    const { files, kind, clock, names, found, gone } = this.#deps;
    const began = clock.monotonicMs();
    // Before the listing, so that what happens during it is reported.
    await this.#watch();
    const listed = await files.list(kind);
    const there = new Set(listed.map(({ filename }) => filename));
    for (const name of [...names()]) if (!there.has(name)) gone(name);
    for (const file of listed) found(file);
    this.#listedMs = this.#sweptMs = clock.monotonicMs();
    this.#tookMs = this.#listedMs - began;
    await this.#stat();
  }

  async #watch(): Promise<void> {
    const { files, kind, log } = this.#deps;
    this.stop();
    this.#changed = new Set();
    if (!files.watch || !files.names) return;
    this.#identity = await files.identity(kind);
    try {
      this.#unwatch = files.watch(kind, (filename) => {
        if (filename !== undefined) this.#changed.add(filename);
        // At the next look the folder counts as another one.
        else [this.#identity, this.#checkedMs] = [undefined, -Infinity];
      });
    } catch (cause) {
      log.warn('a folder cannot be watched and is listed again and again', { kind, cause });
    }
  }

  async #stat(): Promise<void> {
    const changed = [...this.#changed];
    this.#changed = new Set();
    const next = changed.values();
    const worker = async (): Promise<void> => {
      for (const filename of next) await this.look(filename);
    };
    await Promise.all(Array.from({ length: Math.min(CONCURRENT, changed.length) }, worker));
  }

  /** Looks at one file. */
  async look(filename: string): Promise<void> {
    const { files, kind, found, gone, log } = this.#deps;
    try {
      found(await files.stat(kind, filename));
    } catch (cause) {
      if (isPortError(cause, 'FILE_NOT_FOUND')) gone(filename);
      // One file that cannot be read is no reason to show none.
      else log.debug('a file could not be looked at', { kind, file: filename, cause });
    }
  }
}
