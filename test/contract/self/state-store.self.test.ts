import { stateStoreContract, type StateStoreWorld } from '../state-store.contract.js';
import { brokenStateStores } from './state-store.broken.js';
import { expectCaught } from './expect-caught.js';

describe('the contract of StateStore', () => {
  for (const broken of brokenStateStores)
    it(`catches an adapter that breaks [${broken.rule}]`, () =>
      expectCaught<StateStoreWorld>((world) => stateStoreContract('broken', world), broken));
});
