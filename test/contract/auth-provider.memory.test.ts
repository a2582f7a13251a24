import { createMemoryAuthProvider } from '../../adapters/auth-provider/memory/memory-auth-provider.js';
import { createManualClock } from '../../adapters/clock/manual/manual-clock.js';
import { authProviderContract } from './auth-provider.contract.js';

const clock = createManualClock();

authProviderContract('auth-provider/memory', {
  create: async () => createMemoryAuthProvider({}, { clock }),
  pass: (durationMs) => clock.advance(durationMs),
  issue: (provider, request) => provider.issue(request),
  forge: (credential) => credential.slice(0, -4) + (credential.endsWith('0000') ? '1111' : '0000'),
});
