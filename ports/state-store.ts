import type { Lifecycle } from './lifecycle.js';

/**
 * Stores small documents that survive a restart: identities of cameras, desired recordings, keys. There is one document per key,
 * and it is replaced as a whole. Several processes may use the same documents at the same time (the service and its commands).
 */
export interface StateStore extends Partial<Lifecycle> {
  readonly name: string;
  readonly supports: {
    /** Whether documents survive a restart of the process. */
    readonly persistence: boolean;
  };
  /**
   * Returns the document with this key, or `undefined` if there is none.
   * @param key `[a-z0-9]` words joined by `.` or `-`, at most 100 characters.
   * @throws PortError `STATE_CORRUPT` if a document exists but is not JSON: it is set aside under another name
   * (`detail.keptAs`, if that was possible), and the key is free for a new one. `STORAGE_FAILED` if it cannot be read (which says
   * nothing about its content). `OPTION_INVALID` for an invalid key. The message contains the remedy.
   */
  read(key: string): Promise<unknown>;
  /**
   * Replaces the document. Once the promise has resolved, a crash of the process or machine leaves either the old or the new
   * document, never a mixture. Writes to one key take effect in the order of the calls.
   * @param value plain JSON data.
   * @throws PortError `STORAGE_FULL`, `STORAGE_FAILED`, `OPTION_INVALID`.
   */
  write(key: string, value: unknown): Promise<void>;
  /**
   * Reads the document, passes it to `change` (`undefined` if there is none) and stores the result. Until the result has been
   * written, nobody else can write the document, in this process or any other, so that no change is lost. Use it for every
   * document that more than one process may write, and to create a document only if it is missing.
   * @param change called at most once; returns the new document, or `undefined` to leave it unchanged. If it throws, the call
   * rejects with the same error; after a PortError `STATE_CORRUPT` (invalid content) the document is set aside as in `read`.
   * @returns the current document.
   * @throws like `read` and `write`; `TOOL_MISSING` if other processes cannot be excluded.
   */
  update(key: string, change: (document: unknown) => unknown): Promise<unknown>;
  /** Removes the document; does nothing if there is none. @throws PortError `STORAGE_FAILED`, `OPTION_INVALID`. */
  remove(key: string): Promise<void>;
  /** Lists the keys of all documents, sorted. @throws PortError `STORAGE_FAILED`. */
  keys(): Promise<readonly string[]>;
  /**
   * Calls `listener` after the document has been written or removed by this process or another one on this machine. The listener may
   * be called without a change. Changes by other machines that share the documents may go unnoticed: to detect them, compare
   * `stamp` periodically. Does not keep the process alive.
   * @returns a function that ends the subscription; it may be called again. @throws PortError `OPTION_INVALID`.
   */
  watch(key: string, listener: () => void): () => void;
  /**
   * A short text that differs after each change of the document; `undefined` if there is no document. Much cheaper than
   * reading. @throws PortError `STORAGE_FAILED`, `OPTION_INVALID`.
   */
  stamp(key: string): Promise<string | undefined>;
}
