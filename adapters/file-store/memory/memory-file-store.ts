/** A FileStore in memory with a fixed capacity. */
import type { Clock } from '../../../ports/clock.js';
import type { ByteRange, FileKind, FileStore, StoredFile } from '../../../ports/file-store.js';
import { withDefaults, type CamelCased, type OptionValue } from '../../../ports/options.js';
import { PortError } from '../../../ports/port-error.js';
import { clipRange } from '../../_shared/byte-range.js';
import { checkSalvage } from '../../_shared/salvage-request.js';
import { checkFileName, isFileName } from '../../_shared/file-name.js';
import { MEMORY_FILES_OPTIONS } from './options.js';

export const MEMORY_FILE_STORE = 'memory';

export type MemoryFileStoreOptions = Partial<CamelCased<OptionValue<typeof MEMORY_FILES_OPTIONS>>>;

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
  const shelf = new Shelf(withDefaults(MEMORY_FILES_OPTIONS, options).capacityBytes, deps.clock);
  return {
    name: MEMORY_FILE_STORE,
    supports: { paths: false, persistence: false },
    async start(signal) {
      signal.throwIfAborted();
    },
    stop: () => Promise.resolve(),
    ...looking(shelf),
    ...changing(shelf),
    identity: (kind) => Promise.resolve(`memory:${kind}`),
    directory() {
      throw new PortError('UNSUPPORTED', { detail: { feature: 'paths' } });
    },
    async capacity() {
      return { totalBytes: shelf.totalBytes, availableBytes: Math.max(0, shelf.availableBytes()) };
    },
    place: (kind, filename, bytes) => void shelf.put(kind, filename, bytes),
  };
}

function looking(shelf: Shelf): Pick<FileStore, 'list' | 'names' | 'watch' | 'stat' | 'read'> {
  return {
    async list(kind, signal) {
      signal?.throwIfAborted();
      return [...shelf.kinds[kind]]
        .filter(([name]) => isFileName(name))
        .map(([name, entry]) => describe(kind, name, entry));
    },
    names: async (kind) => [...shelf.kinds[kind].keys()].filter(isFileName),
    watch: (kind, listener) => shelf.watch(kind, listener),
    async stat(kind, filename) {
      return describe(kind, filename, shelf.find(kind, filename));
    },
    async *read(kind, filename, range?: ByteRange) {
      // The bytes as they are at the first step: a file that is removed meanwhile can still be read to its end.
      const { bytes } = shelf.find(kind, filename);
      const part = clipRange(range, bytes.byteLength);
      if (part === undefined) return;
      for (let at = part.start; at < part.end; at += CHUNK_BYTES)
        yield bytes.slice(at, Math.min(at + CHUNK_BYTES, part.end));
    },
  };
}

function changing(
  shelf: Shelf,
): Pick<FileStore, 'write' | 'replace' | 'remove' | 'quarantine' | 'salvage' | 'quarantined'> {
  return {
    async write(kind, filename, bytes) {
      if (shelf.kinds[kind].has(checkFileName(filename)))
        throw new PortError('FILE_EXISTS', { detail: { filename } });
      requireRoom(shelf, bytes);
      return describe(kind, filename, shelf.put(kind, filename, bytes));
    },
    async replace(kind, filename, bytes) {
      checkFileName(filename);
      requireRoom(shelf, bytes);
      return describe(kind, filename, shelf.put(kind, filename, bytes));
    },
    async remove(kind, filename) {
      shelf.find(kind, filename);
      shelf.drop(kind, filename);
    },
    async quarantine(kind, filename) {
      shelf.setAside(shelf.find(kind, filename).bytes.byteLength);
      shelf.drop(kind, filename);
    },
    async salvage(kind, filename, request) {
      const { bytes, modifiedAt } = shelf.find(kind, filename);
      checkSalvage(request);
      if (bytes.byteLength !== request.sizeBytes) return undefined;
      const kept = Buffer.concat(request.keep.map(({ first, last }) => bytes.subarray(first, last + 1)));
      shelf.setAside(bytes.byteLength - kept.byteLength);
      const entry = shelf.put(kind, filename, new Uint8Array(kept));
      entry.modifiedAt = modifiedAt;
      return describe(kind, filename, entry);
    },
    quarantined: async () => ({ files: shelf.quarantinedFiles, sizeBytes: shelf.quarantinedBytes }),
  };
}

function requireRoom(shelf: Shelf, { byteLength: requiredBytes }: Uint8Array): void {
  const availableBytes = shelf.availableBytes();
  if (requiredBytes > availableBytes)
    throw new PortError('STORAGE_FULL', { detail: { availableBytes, requiredBytes } });
}

/** The files themselves. */
class Shelf {
  readonly kinds: Record<FileKind, Map<string, Entry>> = { recordings: new Map(), snapshots: new Map() };
  readonly totalBytes: number;
  quarantinedBytes = 0;
  quarantinedFiles = 0;
  readonly #clock: Clock;
  readonly #listeners: Record<FileKind, Set<(filename: string) => void>> = {
    recordings: new Set(),
    snapshots: new Set(),
  };

  constructor(totalBytes: number, clock: Clock) {
    this.totalBytes = totalBytes;
    this.#clock = clock;
  }

  availableBytes(): number {
    let used = this.quarantinedBytes;
    for (const files of Object.values(this.kinds))
      for (const { bytes } of files.values()) used += bytes.byteLength;
    return this.totalBytes - used;
  }

  setAside(bytes: number): void {
    this.quarantinedBytes += bytes;
    this.quarantinedFiles += 1;
  }

  find(kind: FileKind, filename: string): Entry {
    const entry = this.kinds[kind].get(checkFileName(filename));
    if (entry === undefined) throw new PortError('FILE_NOT_FOUND', { detail: { filename } });
    return entry;
  }

  put(kind: FileKind, filename: string, bytes: Uint8Array): Entry {
    const now = this.#clock.now();
    const createdAt = this.kinds[kind].get(filename)?.createdAt ?? now;
    const entry = { bytes: bytes.slice(), createdAt, modifiedAt: now };
    this.kinds[kind].set(filename, entry);
    this.#tell(kind, filename);
    return entry;
  }

  drop(kind: FileKind, filename: string): void {
    this.kinds[kind].delete(filename);
    this.#tell(kind, filename);
  }

  watch(kind: FileKind, listener: (filename: string) => void): () => void {
    // A function of its own, so that one listener may be added twice.
    const own = (filename: string): void => listener(filename);
    this.#listeners[kind].add(own);
    return () => void this.#listeners[kind].delete(own);
  }

  #tell(kind: FileKind, filename: string): void {
    if (isFileName(filename)) for (const listener of [...this.#listeners[kind]]) listener(filename);
  }
}

function describe(kind: FileKind, filename: string, entry: Entry): StoredFile {
  const { bytes, createdAt, modifiedAt } = entry;
  return { kind, filename, sizeBytes: bytes.byteLength, createdAt, modifiedAt };
}
