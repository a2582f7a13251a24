/** Tells of changes in a folder by name, through one inotify watch that exists while somebody listens. */
import { watch, type FSWatcher } from 'node:fs';

import type { Logger } from '../../../ports/logger.js';

export class FolderWatch {
  readonly #directory: string;
  readonly #log: Logger;
  readonly #listeners = new Map<string, Set<() => void>>();
  #watcher: FSWatcher | undefined;

  constructor(directory: string, log: Logger) {
    this.#directory = directory;
    this.#log = log;
  }

  /** @returns ends the calls. */
  add(name: string, listener: () => void): () => void {
    // An object of its own, so that one function may listen twice.
    const own = (): void => listener();
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(own));
    this.#watcher ??= this.#start();
    return () => {
      listeners.delete(own);
      if (listeners.size === 0 && this.#listeners.get(name) === listeners) this.#listeners.delete(name);
      if (this.#listeners.size === 0) this.#stop();
    };
  }

  /** What a process cannot be told (no inotify here, or too many watches) its users find by comparing stamps. */
  #start(): FSWatcher | undefined {
    try {
      const watcher = watch(this.#directory, { persistent: false }, (_event, name) => this.#changed(name));
      watcher.once('error', (error) => {
        this.#log.warn('changes in the state folder are detected late', { error });
        this.#stop();
      });
      return watcher;
    } catch (error) {
      this.#log.warn('changes in the state folder are detected late', { error });
      return undefined;
    }
  }

  #stop(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  #changed(name: string | null): void {
    const told = name === null ? [...this.#listeners.values()] : [this.#listeners.get(name) ?? []];
    for (const listeners of told)
      for (const listener of [...listeners]) {
        try {
          listener();
        } catch (error) {
          this.#log.error('a listener of a stored document failed', { error });
        }
      }
  }
}
