import type { Lifecycle } from './lifecycle.js';

/**
 * Small documents that survive a restart: identities of cameras, wanted recordings, keys. One document per key,
 * replaced as a whole.
 */
export interface StateStore extends Partial<Lifecycle> {
  readonly name: string;
  readonly supports: {
    /** True when what was written is still there for the next process. */
    readonly persistence: boolean;
  };
  /**
   * The document under `key`, or `undefined` when there is none.
   * @param key `[a-z0-9]` words joined by `.` or `-`, at most 100 characters.
   * @throws PortError `STATE_CORRUPT` when a document exists and cannot be read (the damaged one is kept aside);
   * `STORAGE_FAILED`; `OPTION_INVALID` for a key that breaks the rule.
   */
  read(key: string): Promise<unknown>;
  /**
   * Replaces the document. When the promise resolves, a crash of process or machine leaves either the old or the new
   * document, never a mixture. Writes to one key take effect in the order of the calls.
   * @param value plain JSON data.
   * @throws PortError `STORAGE_FULL`, `STORAGE_FAILED`, `OPTION_INVALID`.
   */
  write(key: string, value: unknown): Promise<void>;
  /** Removes the document; nothing happens when there is none. @throws PortError `STORAGE_FAILED`, `OPTION_INVALID`. */
  remove(key: string): Promise<void>;
  /** All keys that have a document, sorted. @throws PortError `STORAGE_FAILED`. */
  keys(): Promise<readonly string[]>;
}
