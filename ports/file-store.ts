import type { Lifecycle } from './lifecycle.js';

export type FileKind = 'recordings' | 'snapshots';

export interface StoredFile {
  readonly kind: FileKind;
  readonly filename: string;
  readonly sizeBytes: number;
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  readonly modifiedAt: number;
  readonly createdAt: number;
}

/** Positions of the first and the last byte, both inclusive, counted from 0 (RFC 9110 §14.1.2). */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/** What is to be kept of a damaged file. */
export interface SalvageRequest {
  /** The size of the file when it was examined. */
  readonly sizeBytes: number;
  /** The parts that are kept: at least one, in ascending order, apart from each other, inside the file, and less than the whole file. */
  readonly keep: readonly ByteRange[];
}

export interface Capacity {
  readonly totalBytes: number;
  /** Space that this service may still use. */
  readonly availableBytes: number;
}

/**
 * Stores snapshots and recordings, with one flat folder for each kind. A file name has 1 to 200 characters from
 * `A-Z a-z 0-9 . _ -` and starts with a letter or digit. All other names are refused with `FILE_NAME_INVALID` before
 * any access, so that a name can never lead out of the store (it has no separators, and links are not followed).
 * The media server writes recordings into `directory('recordings')`; this port only finds them.
 */
export interface FileStore extends Lifecycle {
  readonly name: string;
  readonly supports: {
    /** Whether files have a path on this machine that other programs can open. */
    readonly paths: boolean;
    readonly persistence: boolean;
  };
  /** Creates missing folders and checks that they can be written to. @throws PortError `STORAGE_FAILED`, `STORAGE_FULL`. */
  start(signal: AbortSignal): Promise<void>;
  /**
   * Lists all files of a kind, in no particular order. Invalid names, folders and incomplete files are left out.
   * A single unreadable entry never makes the listing fail. @throws PortError `STORAGE_FAILED`.
   */
  list(kind: FileKind, signal?: AbortSignal): Promise<readonly StoredFile[]>;
  /**
   * The names of all files, in no particular order; far cheaper than `list`. Present together with `watch`. Folders, links and
   * files that cannot be read may be among them. @throws PortError `STORAGE_FAILED`.
   */
  names?(kind: FileKind): Promise<readonly string[]>;
  /**
   * Calls `listener` with the name of each file that is created, written to, renamed or removed, by anyone on this machine, and
   * without a name if changes may have been missed. There may be more calls than changes. Without this member, changes are found
   * by listing. Does not keep the process alive.
   * @returns a function that ends the calls; it may be called again.
   * @throws PortError `STORAGE_FAILED` if the folder cannot be watched: it is listed instead.
   */
  watch?(kind: FileKind, listener: (filename: string | undefined) => void): () => void;
  /** @throws PortError `FILE_NOT_FOUND`, `FILE_NAME_INVALID`, `STORAGE_FAILED`. */
  stat(kind: FileKind, filename: string): Promise<StoredFile>;
  /**
   * Writes a new file, which appears under its name only when it is complete.
   * @throws PortError `FILE_EXISTS`, `FILE_NAME_INVALID`, `STORAGE_FULL`, `STORAGE_FAILED`.
   */
  write(kind: FileKind, filename: string, bytes: Uint8Array): Promise<StoredFile>;
  /**
   * Writes a file in place of the one with this name, if there is one. At any time there is the old file or the new one, each whole.
   * @throws PortError like `write`, but never `FILE_EXISTS`; the old file is then still there.
   */
  replace(kind: FileKind, filename: string, bytes: Uint8Array): Promise<StoredFile>;
  /**
   * The bytes of a file, read on demand. Leaving the loop early closes the file.
   * @throws PortError (at the first step of the iteration) `FILE_NOT_FOUND`, `FILE_NAME_INVALID`, `STORAGE_FAILED`.
   */
  read(kind: FileKind, filename: string, range?: ByteRange): AsyncIterable<Uint8Array>;
  /** @throws PortError `FILE_NOT_FOUND`, `FILE_NAME_INVALID`, `STORAGE_FAILED`. */
  remove(kind: FileKind, filename: string): Promise<void>;
  /** Removes a damaged file from the listing without deleting it. @throws like `remove`. */
  quarantine(kind: FileKind, filename: string): Promise<void>;
  /**
   * Keeps parts of a damaged file, joined together under the same name and with the same modification time. Nothing is deleted: what is left
   * out goes to quarantine, either the end (if nothing else is left out) or the whole file as it was. After a crash at any time,
   * the file is as it was or as it should be, and everything that is left out is in quarantine. Nobody may write the file meanwhile.
   * @returns the file as it is then; `undefined` if its size is not `sizeBytes` any more, in which case it is as it was.
   * @throws PortError like `write`, or `FILE_NOT_FOUND`; the file is then as it was. `TypeError` for parts that break the rule.
   */
  salvage(kind: FileKind, filename: string, request: SalvageRequest): Promise<StoredFile | undefined>;
  /** How much is in quarantine, of all kinds. @throws PortError `STORAGE_FAILED`. */
  quarantined(): Promise<{ readonly files: number; readonly sizeBytes: number }>;
  /**
   * An opaque identifier of the folder itself, which changes if the folder is recreated or another disk is mounted in its place.
   * @throws PortError `STORAGE_FAILED` if the folder does not exist.
   */
  identity(kind: FileKind): Promise<string>;
  /** Absolute path of the folder of a kind. @throws PortError `UNSUPPORTED` without `supports.paths`. */
  directory(kind: FileKind): string;
  /** @throws PortError `STORAGE_FAILED`. */
  capacity(): Promise<Capacity>;
}
