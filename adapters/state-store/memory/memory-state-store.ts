/** A StateStore that forgets at the end of the process. */
import { PortError } from '../../../ports/port-error.js';
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
  const documents = new Map<string, string>();
  const capacity = options.capacity ?? DEFAULT_CAPACITY;
  for (const [key, value] of Object.entries(options.documents ?? {}))
    documents.set(checkKey(key), encodeDocument(key, value));

  const makeRoom = (key: string, text: string): void => {
    let used = text.length;
    for (const [other, kept] of documents) if (other !== key) used += kept.length;
    if (used > capacity)
      throw new PortError('STORAGE_FULL', { detail: { availableBytes: capacity, requiredBytes: used } });
  };

  return {
    name: MEMORY_STATE_STORE,
    supports: { persistence: false },
    async read(key) {
      const text = documents.get(checkKey(key));
      if (text === undefined) return undefined;
      try {
        return JSON.parse(text) as unknown;
      } catch (cause) {
        documents.delete(key);
        throw new PortError('STATE_CORRUPT', { cause, detail: { key } });
      }
    },
    async write(key, value) {
      const text = encodeDocument(checkKey(key), value);
      makeRoom(key, text);
      documents.set(key, text);
    },
    async remove(key) {
      documents.delete(checkKey(key));
    },
    async keys() {
      return [...documents.keys()].sort();
    },
    damage: (key, text) => void documents.set(checkKey(key), text),
  };
}
