import type { Logger } from '../../ports/index.js';

/** A list of functions to call. One that throws is logged and does not keep the others from being called. */
export class Listeners<T> {
  readonly #all = new Set<(value: T) => void>();
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** @returns a function that takes the listener off again. */
  add(listener: (value: T) => void): () => void {
    this.#all.add(listener);
    return () => {
      this.#all.delete(listener);
    };
  }

  emit(value: T): void {
    for (const listener of this.#all) {
      try {
        listener(value);
      } catch (cause) {
        this.#log.error('a listener failed', { cause });
      }
    }
  }
}
