import { createManualClock } from '../../../adapters/clock/manual/manual-clock.js';
import {
  createMemoryFileStore,
  type MemoryFileStore,
} from '../../../adapters/file-store/memory/memory-file-store.js';
import type { FileStore } from '../../../ports/file-store.js';
import type { FileStoreWorld } from '../file-store.contract.js';
import type { Broken } from './expect-caught.js';

export const brokenFileStores: readonly Broken<FileStoreWorld>[] = [
  broken('empty', () => ({
    list: async (kind) => [{ kind, filename: 'ghost', sizeBytes: 0, modifiedAt: 0, createdAt: 0 }],
  })),
  broken('write-read', (store) => ({
    write: (kind, name, bytes) => store.write(kind, name, bytes.slice(0, -1)),
  })),
  broken('empty-file', (store) => ({
    write: async (kind, name, bytes) => {
      if (bytes.byteLength === 0) throw new TypeError('no bytes');
      return store.write(kind, name, bytes);
    },
  })),
  broken('copies', (store) => {
    const given = new Map<string, Uint8Array>();
    return {
      write: (kind, name, bytes) => (given.set(name, bytes), store.write(kind, name, bytes)),
      async *read(_kind, name) {
        yield given.get(name) ?? new Uint8Array();
      },
    };
  }),
  broken('identity', () => ({ identity: () => Promise.resolve('a folder') })),
  broken('ranges', (store) => ({
    read: (kind, name, range) =>
      store.read(kind, name, range && { first: range.first, last: range.last + 1 }),
  })),
  broken('kinds', (store) => ({ list: () => store.list('snapshots') })),
  broken('exists', (store) => ({
    write: async (kind, name, bytes) => (store.place(kind, name, bytes), store.stat(kind, name)),
  })),
  broken('replaces', (store) => ({ replace: (kind, name, bytes) => store.write(kind, name, bytes) })),
  broken('names', (store) => ({ stat: (kind, name) => store.stat(kind, name.replace('..', 'a')) })),
  broken('missing', (store) => ({ remove: (kind, name) => store.remove(kind, name).catch(() => undefined) })),
  broken('foreign', (store) => {
    store.place('recordings', 'dir', new Uint8Array());
    return {};
  }),
  broken('only-names', () => ({ names: async () => [] })),
  broken('watch', (store) => ({
    watch: (kind, listener) => {
      store.watch?.(kind, listener);
      return () => undefined;
    },
  })),
  broken('removes', () => ({ remove: async () => undefined })),
  broken('quarantine', () => ({ quarantine: async () => undefined })),
  broken('salvage', (store) => ({
    salvage: (kind, name, { sizeBytes, keep }) =>
      store.salvage(kind, name, { sizeBytes, keep: keep.slice(0, 1) }),
  })),
  broken('salvage-changed', (store) => ({
    salvage: async (kind, name, { keep }) => {
      const { sizeBytes } = await store.stat(kind, name);
      return store.salvage(kind, name, { sizeBytes, keep });
    },
  })),
  broken('quarantined', (store) => ({ quarantine: (kind, name) => store.remove(kind, name) })),
  broken('early-end', (store) => ({
    read: async function* (kind, name) {
      const { sizeBytes } = await store.stat(kind, name);
      yield new Uint8Array(sizeBytes);
    },
  })),
  broken('lazy', (store) => ({
    read: () => {
      throw new TypeError(`eager ${store.name}`);
    },
  })),
  broken('list-aborts', (store) => ({ list: (kind) => store.list(kind) })),
  broken('capacity', () => ({ capacity: async () => ({ totalBytes: 1, availableBytes: 2 }) })),
  broken('paths', () => ({ directory: () => '/' })),
];

function broken(rule: string, spoil: (store: MemoryFileStore) => Partial<FileStore>): Broken<FileStoreWorld> {
  const originals = new WeakMap<FileStore, MemoryFileStore>();
  return {
    rule,
    world: {
      create: async () => {
        const store = createMemoryFileStore({}, { clock: createManualClock() });
        const spoiled = { ...store, ...spoil(store) };
        originals.set(spoiled, store);
        return spoiled;
      },
      place: async (store, kind, { name, bytes }) => originals.get(store)?.place(kind, name, bytes),
    },
  };
}
