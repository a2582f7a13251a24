import {
  createMemoryStateStore,
  type MemoryStateStore,
} from '../../adapters/state-store/memory/memory-state-store.js';
import { stateStoreContract } from './state-store.contract.js';

stateStoreContract('state-store/memory', {
  create: async () => createMemoryStateStore(),
  reopen: async () => createMemoryStateStore(),
  damage: async (store, key) => (store as MemoryStateStore).damage(key, '{"a":'),
});
