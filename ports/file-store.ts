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

/** Positions of the first and the last byte wanted, both included, counted from 0 (RFC 9110 §14.1.2). */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

export interface Capacity {
  readonly totalBytes: number;
  /** What this service may still write. */
  readonly availableBytes: number;
}

/**
 * The place where pictures and recordings are kept, flat per kind. A file name is 1 to 200 characters of
 * `A-Z a-z 0-9 . _ -`, starting with a letter or digit; everything else is refused with `FILE_NAME_INVALID` before
 * anything is touched, so a name can never lead out of the store (no separators, no links are followed).
 * Recordings are written by the media server into `directory('recordings')`; this port only finds them.
 */
export interface FileStore extends Lifecycle {
  readonly name: string;
  readonly supports: {
    /** True when files have a path on this machine that other programs can open. */
    readonly paths: boolean;
    readonly persistence: boolean;
  };
  /** Makes what is missing and checks that it can be written. @throws PortError `STORAGE_FAILED`, `STORAGE_FULL`. */
  start(signal: AbortSignal): Promise<void>;
  /**
   * All files of a kind, in no particular order; names that break the rule, folders and unfinished writes are left out.
   * One unreadable entry never fails the listing. @throws PortError `STORAGE_FAILED`.
   */
  list(kind: FileKind, signal?: AbortSignal): Promise<readonly StoredFile[]>;
  /** @throws PortError `FILE_NOT_FOUND`, `FILE_NAME_INVALID`, `STORAGE_FAILED`. */
  stat(kind: FileKind, filename: string): Promise<StoredFile>;
  /**
   * Writes a new file; it appears under its name only when it is complete.
   * @throws PortError `FILE_EXISTS`, `FILE_NAME_INVALID`, `STORAGE_FULL`, `STORAGE_FAILED`.
   */
  write(kind: FileKind, filename: string, bytes: Uint8Array): Promise<StoredFile>;
  /**
   * The bytes of a file, read as they are consumed. Leaving the loop early closes the file.
   * @throws PortError (at the first step of the iteration) `FILE_NOT_FOUND`, `FILE_NAME_INVALID`, `STORAGE_FAILED`.
   */
  read(kind: FileKind, filename: string, range?: ByteRange): AsyncIterable<Uint8Array>;
  /** @throws PortError `FILE_NOT_FOUND`, `FILE_NAME_INVALID`, `STORAGE_FAILED`. */
  remove(kind: FileKind, filename: string): Promise<void>;
  /** Takes a damaged file out of the listing without deleting it. @throws as `remove`. */
  quarantine(kind: FileKind, filename: string): Promise<void>;
  /**
   * An opaque word for the folder itself: another one when it was made anew, or another disk was mounted in its place.
   * @throws PortError `STORAGE_FAILED` when it is not there.
   */
  identity(kind: FileKind): Promise<string>;
  /** Absolute path of the folder of a kind. @throws PortError `UNSUPPORTED` without `supports.paths`. */
  directory(kind: FileKind): string;
  /** @throws PortError `STORAGE_FAILED`. */
  capacity(): Promise<Capacity>;
}
