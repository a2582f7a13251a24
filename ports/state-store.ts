import type { Lifecycle } from './lifecycle.js';

/**
 * Small documents that survive a restart: identities of cameras, wanted recordings, keys. One document per key,
 * replaced as a whole. Several processes may use the same documents at once (the service and its commands).
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
   * @throws PortError `STATE_CORRUPT` when a document exists and is not JSON: it is kept aside under another name
   * (`detail.keptAs`, where it could be), and the key is free for a new one. `STORAGE_FAILED` when it cannot be read (which says
   * nothing about its content). `OPTION_INVALID` for a key that breaks the rule. The message says what to do.
   */
  read(key: string): Promise<unknown>;
  /**
   * Replaces the document. When the promise resolves, a crash of process or machine leaves either the old or the new
   * document, never a mixture. Writes to one key take effect in the order of the calls.
   * @param value plain JSON data.
   * @throws PortError `STORAGE_FULL`, `STORAGE_FAILED`, `OPTION_INVALID`.
   */
  write(key: string, value: unknown): Promise<void>;
  /**
   * Reads the document, hands it to `change` (`undefined` when there is none) and stores what that returns. From the reading to the
   * end of the writing nobody else writes the document, in this process or another one, so no change is lost: for every
   * document that more than one process may write, and for what is made only when it is missing.
   * @param change called at most once; returns the new document, or `undefined` to leave everything as it is. What it throws
   * rejects the call; after a PortError `STATE_CORRUPT` (the content is not what was written) the document is kept aside as in `read`.
   * @returns the document as it is now.
   * @throws as `read` and `write`; `TOOL_MISSING` where other processes cannot be kept out.
   */
  update(key: string, change: (document: unknown) => unknown): Promise<unknown>;
  /** Removes the document; nothing happens when there is none. @throws PortError `STORAGE_FAILED`, `OPTION_INVALID`. */
  remove(key: string): Promise<void>;
  /** All keys that have a document, sorted. @throws PortError `STORAGE_FAILED`. */
  keys(): Promise<readonly string[]>;
  /**
   * Calls `listener` after the document has been written or removed, by this process or another one on this machine. It may be
   * called without a change, and changes on other machines that share the documents may go unnoticed: whoever needs
   * those compares `stamp` from time to time. Does not keep the process alive.
   * @returns ends the calls; may be repeated. @throws PortError `OPTION_INVALID`.
   */
  watch(key: string, listener: () => void): () => void;
  /**
   * A short text that is another one after each change of the document; `undefined` when there is none. Far cheaper than
   * reading. @throws PortError `STORAGE_FAILED`, `OPTION_INVALID`.
   */
  stamp(key: string): Promise<string | undefined>;
}
