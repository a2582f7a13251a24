import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

import { createDiskFileStore } from '../../adapters/file-store/disk/disk-file-store.js';
import { fileStoreContract } from './file-store.contract.js';

describe('file-store/disk', () => {
  const folders: string[] = [];
  after(async () => {
    for (const folder of folders) await fs.rm(folder, { recursive: true, force: true });
  });

  fileStoreContract('file-store/disk', {
    create: async () => {
      const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'files-contract-'));
      folders.push(folder);
      const store = createDiskFileStore({
        recordings: path.join(folder, 'recordings'),
        snapshots: path.join(folder, 'snapshots'),
      });
      await store.start(new AbortController().signal);
      return store;
    },
    place: (store, kind, { name, bytes }) => fs.writeFile(path.join(store.directory(kind), name), bytes),
  });
});
