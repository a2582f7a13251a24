import { createManualClock } from '../../adapters/clock/manual/manual-clock.js';
import {
  createMemoryFileStore,
  type MemoryFileStore,
} from '../../adapters/file-store/memory/memory-file-store.js';
import { fileStoreContract } from './file-store.contract.js';

fileStoreContract('file-store/memory', {
  create: async () => createMemoryFileStore({}, { clock: createManualClock() }),
  place: async (store, kind, { name, bytes }) => (store as MemoryFileStore).place(kind, name, bytes),
});
