/** A StateStore that forgets at the end of the process. */
import { isPortError, PortError } from '../../../ports/port-error.js';
import type { StateStore } from '../../../ports/state-store.js';
import { checkKey, encodeDocument } from '../../_shared/state-document.js';

export const MEMORY_STATE_STORE = 'memory';

export interface MemoryStateStoreOptions {
  /** Documents to begin with. */
  readonly documents?: Readonly<Record<string, unknown>>;
  /** How many characters of JSON all documents together may have. Default 64 Mi. */
  readonly capacity?: number;
}

/** What a test can do to the store from outside. */
export interface MemoryStateStore extends StateStore {
  /** Puts text in place of a document, as a damaged disk would. */
  damage(key: string, text: string): void;
}

const DEFAULT_CAPACITY = 64 * 1024 * 1024;

export function createMemoryStateStore(options: MemoryStateStoreOptions = {}): MemoryStateStore {
  const documents = new Documents(options.capacity ?? DEFAULT_CAPACITY);
  for (const [key, value] of Object.entries(options.documents ?? {}))
    documents.set(checkKey(key), encodeDocument(key, value));
  return {
    name: MEMORY_STATE_STORE,
    supports: { persistence: false },
    read: async (key) => documents.read(checkKey(key)),
    async write(key, value) {
      documents.set(checkKey(key), encodeDocument(key, value));
    },
    update: async (key, change) => documents.update(checkKey(key), change),
    async remove(key) {
      documents.delete(checkKey(key));
    },
    keys: async () => documents.keys(),
    watch: (key, listener) => documents.watch(checkKey(key), listener),
    stamp: async (key) => documents.stamp(checkKey(key)),
    damage: (key, text) => documents.set(checkKey(key), text),
  };
}

class Documents {
  readonly #capacity: number;
  readonly #texts = new Map<string, { readonly text: string; readonly version: number }>();
  readonly #listeners = new Map<string, Set<() => void>>();
  #version = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  read(key: string): unknown {
    const kept = this.#texts.get(key);
    if (kept === undefined) return undefined;
    try {
      return JSON.parse(kept.text) as unknown;
    } catch (cause) {
      throw this.#drop(key, cause);
    }
  }

  update(key: string, change: (document: unknown) => unknown): unknown {
    const before = this.read(key);
    let after: unknown;
    try {
      after = change(before);
    } catch (cause) {
      throw isPortError(cause, 'STATE_CORRUPT') ? this.#drop(key, cause) : cause;
    }
    if (after !== undefined) this.set(key, encodeDocument(key, after));
    return this.read(key);
  }

  set(key: string, text: string): void {
    let used = text.length;
    for (const [other, kept] of this.#texts) if (other !== key) used += kept.text.length;
    if (used > this.#capacity)
      throw new PortError('STORAGE_FULL', {
        detail: { availableBytes: this.#capacity, requiredBytes: used },
      });
    this.#version += 1;
    this.#texts.set(key, { text, version: this.#version });
    this.#tell(key);
  }

  delete(key: string): void {
    if (this.#texts.delete(key)) this.#tell(key);
  }

  keys(): readonly string[] {
    return [...this.#texts.keys()].sort();
  }

  stamp(key: string): string | undefined {
    const version = this.#texts.get(key)?.version;
    return version === undefined ? undefined : String(version);
  }

  watch(key: string, listener: () => void): () => void {
    const own = (): void => listener();
    const listeners = this.#listeners.get(key) ?? new Set();
    this.#listeners.set(key, listeners.add(own));
    return () => void listeners.delete(own);
  }

  /** Memory has no room aside: what is damaged is gone. */
  #drop(key: string, cause: unknown): PortError {
    this.delete(key);
    const remedy = 'it is created again when it is next written';
    return new PortError('STATE_CORRUPT', {
      message: `the stored document ${key} is damaged and has been dropped; ${remedy}`,
      cause,
      detail: { key, remedy },
    });
  }

  /** In a turn of its own, as news of a file come. */
  #tell(key: string): void {
    for (const listener of this.#listeners.get(key) ?? []) queueMicrotask(listener);
  }
}
