import { createMemoryStateStore } from '../../../adapters/state-store/memory/memory-state-store.js';
import type { StateStore } from '../../../ports/state-store.js';
import type { StateStoreWorld } from '../state-store.contract.js';
import type { Broken } from './expect-caught.js';

export const brokenStateStores: readonly Broken<StateStoreWorld>[] = [
  broken('empty', () => ({ read: async () => null })),
  broken('round-trip', (store) => ({ read: async (key) => (await store.read(key)) ?? undefined })),
  broken('replaces', (store) => ({
    write: async (key, value) =>
      store.write(key, { ...((await store.read(key)) as object), ...(value as object) }),
  })),
  broken('copies', () => {
    const live = new Map<string, unknown>();
    return { read: async (key) => live.get(key), write: async (key, value) => void live.set(key, value) };
  }),
  broken('snapshot', (store) => ({
    write: async (key, value) => (await Promise.resolve(), store.write(key, value)),
  })),
  broken('order', (store) => ({
    write: async (key, value) => {
      await new Promise((resolve) => setTimeout(resolve, JSON.stringify(value).length / 1000));
      await store.write(key, value);
    },
  })),
  broken('keys', (store) => ({ keys: async () => [...(await store.keys())].reverse() })),
  broken('key-rule', (store) => ({
    read: async (key) => (key.includes('..') ? undefined : store.read(key)),
  })),
  broken('plain-data', (store) => ({
    write: (key, value) => store.write(key, typeof value === 'bigint' ? 0 : value),
  })),
  broken('corrupt', (store) => ({ read: (key) => store.read(key).catch(() => undefined) })),
  broken('update', (store) => ({ update: (key, change) => store.update(key, (old) => change(old) ?? null) })),
  broken('update-alone', (store) => ({
    update: async (key, change) => {
      const next = change(await store.read(key));
      await new Promise((resolve) => setTimeout(resolve, 1));
      if (next !== undefined) await store.write(key, next);
      return next;
    },
  })),
  broken('update-fails', (store) => ({
    update: (key, change) => store.update(key, change).catch(() => undefined),
  })),
  broken('update-refuses', (store) => ({
    update: async (key, change) => {
      const document = await store.read(key);
      return store
        .update(key, () => change(document))
        .catch(async (error: unknown) => {
          if (document !== undefined) await store.write(key, document);
          throw error;
        });
    },
  })),
  broken('watch', (store) => ({
    watch: (key, listener) => {
      store.watch(key, listener);
      return () => undefined;
    },
  })),
  broken('stamp', (store) => ({
    stamp: async (key) => ((await store.read(key)) === undefined ? undefined : 'there'),
  })),
  broken('persistence', () => ({ supports: { persistence: true } })),
];

function broken(rule: string, spoil: (store: StateStore) => Partial<StateStore>): Broken<StateStoreWorld> {
  const damaged = new WeakMap<StateStore, (key: string) => void>();
  const create = async (): Promise<StateStore> => {
    const store = createMemoryStateStore();
    const spoiled = { ...store, ...spoil(store) };
    damaged.set(spoiled, (key) => store.damage(key, '{"a":'));
    return spoiled;
  };
  return { rule, world: { create, reopen: create, damage: async (store, key) => damaged.get(store)?.(key) } };
}
