/** A FileStore in memory with a fixed capacity. */
import type { Clock } from '../../../ports/clock.js';
import type { ByteRange, FileKind, FileStore, StoredFile } from '../../../ports/file-store.js';
import { PortError } from '../../../ports/port-error.js';
import { clipRange } from '../../_shared/byte-range.js';
import { checkFileName, isFileName } from '../../_shared/file-name.js';

export const MEMORY_FILE_STORE = 'memory';

export interface MemoryFileStoreOptions {
  /** Bytes that all files together may have. Default 256 MiB. */
  readonly capacityBytes?: number;
}

/** What a test can do to the store from outside, as the media server would on a disk. */
export interface MemoryFileStore extends FileStore {
  /** Puts an entry under any name, replacing what is there. */
  place(kind: FileKind, filename: string, bytes: Uint8Array): void;
}

interface Entry {
  bytes: Uint8Array;
  readonly createdAt: number;
  modifiedAt: number;
}

const CHUNK_BYTES = 256 * 1024;

export function createMemoryFileStore(
  options: MemoryFileStoreOptions,
  deps: { readonly clock: Clock },
): MemoryFileStore {
  const { clock } = deps;
  const totalBytes = options.capacityBytes ?? 256 * 1024 * 1024;
  const kinds: Record<FileKind, Map<string, Entry>> = { recordings: new Map(), snapshots: new Map() };
  let quarantinedBytes = 0;

  const used = (): number => {
    let sum = quarantinedBytes;
    for (const files of Object.values(kinds)) for (const { bytes } of files.values()) sum += bytes.byteLength;
    return sum;
  };
  const find = (kind: FileKind, filename: string): Entry => {
    const entry = kinds[kind].get(checkFileName(filename));
    if (entry === undefined) throw new PortError('FILE_NOT_FOUND', { detail: { filename } });
    return entry;
  };
  const put = (kind: FileKind, filename: string, bytes: Uint8Array): Entry => {
    const now = clock.now();
    const entry = {
      bytes: bytes.slice(),
      createdAt: kinds[kind].get(filename)?.createdAt ?? now,
      modifiedAt: now,
    };
    kinds[kind].set(filename, entry);
    return entry;
  };

  return {
    name: MEMORY_FILE_STORE,
    supports: { paths: false, persistence: false },
    async open(signal) {
      signal.throwIfAborted();
    },
    async list(kind, signal) {
      signal?.throwIfAborted();
      return [...kinds[kind]]
        .filter(([name]) => isFileName(name))
        .map(([name, entry]) => describe(kind, name, entry));
    },
    async stat(kind, filename) {
      return describe(kind, filename, find(kind, filename));
    },
    async write(kind, filename, bytes) {
      if (kinds[kind].has(checkFileName(filename)))
        throw new PortError('FILE_EXISTS', { detail: { filename } });
      const availableBytes = totalBytes - used();
      if (bytes.byteLength > availableBytes)
        throw new PortError('STORAGE_FULL', { detail: { availableBytes, requiredBytes: bytes.byteLength } });
      return describe(kind, filename, put(kind, filename, bytes));
    },
    async *read(kind, filename, range?: ByteRange) {
      // The bytes as they are at the first step: a file that is removed meanwhile can still be read to its end.
      const { bytes } = find(kind, filename);
      const part = clipRange(range, bytes.byteLength);
      if (part === undefined) return;
      for (let at = part.start; at < part.end; at += CHUNK_BYTES)
        yield bytes.slice(at, Math.min(at + CHUNK_BYTES, part.end));
    },
    async remove(kind, filename) {
      find(kind, filename);
      kinds[kind].delete(filename);
    },
    async quarantine(kind, filename) {
      quarantinedBytes += find(kind, filename).bytes.byteLength;
      kinds[kind].delete(filename);
    },
    directory() {
      throw new PortError('UNSUPPORTED', { detail: { feature: 'paths' } });
    },
    async capacity() {
      return { totalBytes, availableBytes: Math.max(0, totalBytes - used()) };
    },
    place: (kind, filename, bytes) => void put(kind, filename, bytes),
  };
}

function describe(kind: FileKind, filename: string, entry: Entry): StoredFile {
  const { bytes, createdAt, modifiedAt } = entry;
  return { kind, filename, sizeBytes: bytes.byteLength, createdAt, modifiedAt };
}
