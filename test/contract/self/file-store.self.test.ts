import { fileStoreContract, type FileStoreWorld } from '../file-store.contract.js';
import { brokenFileStores } from './file-store.broken.js';
import { expectCaught } from './expect-caught.js';

describe('the contract of FileStore', () => {
  for (const broken of brokenFileStores)
    it(`catches an adapter that breaks [${broken.rule}]`, () =>
      expectCaught<FileStoreWorld>((world) => fileStoreContract('broken', world), broken));
});
