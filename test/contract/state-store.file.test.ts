import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

import { createManualClock } from '../../adapters/clock/manual/manual-clock.js';
import { createMemoryLogger } from '../../adapters/logger/memory/memory-logger.js';
import { createFileStateStore } from '../../adapters/state-store/file/file-state-store.js';
import type { StateStore } from '../../ports/state-store.js';
import { stateStoreContract } from './state-store.contract.js';

describe('state-store/file', () => {
  const folders = new Map<StateStore, string>();
  const open = async (directory: string): Promise<StateStore> => {
    const store = await createFileStateStore(
      { directory },
      { log: createMemoryLogger(), clock: createManualClock() },
    );
    folders.set(store, directory);
    return store;
  };
  const folderOf = (store: StateStore): string => folders.get(store) ?? '';
  after(async () => {
    for (const folder of folders.values()) await fs.rm(folder, { recursive: true, force: true });
  });

  stateStoreContract('state-store/file', {
    create: async () => open(await fs.mkdtemp(path.join(os.tmpdir(), 'state-contract-'))),
    reopen: (store) => open(folderOf(store)),
    damage: (store, key) => fs.writeFile(path.join(folderOf(store), `${key}.json`), '{"a":'),
  });
});
