import { authProviderContract, type AuthProviderWorld } from '../auth-provider.contract.js';
import { brokenAuthProviders } from './auth-provider.broken.js';
import { expectCaught } from './expect-caught.js';

describe('the contract of AuthProvider', () => {
  for (const broken of brokenAuthProviders)
    it(`catches an adapter that breaks [${broken.rule}]`, () =>
      expectCaught<AuthProviderWorld>((world) => authProviderContract('broken', world), broken));
});
