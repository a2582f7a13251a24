import { createApiKeyAuthProvider } from '../../adapters/auth-provider/api-key/api-key-auth-provider.js';
import { createManualClock } from '../../adapters/clock/manual/manual-clock.js';
import { createMemoryLogger } from '../../adapters/logger/memory/memory-logger.js';
import { createMemoryStateStore } from '../../adapters/state-store/memory/memory-state-store.js';
import { authProviderContract } from './auth-provider.contract.js';

const clock = createManualClock();

authProviderContract('auth-provider/api-key', {
  create: async () => {
    const provider = createApiKeyAuthProvider(
      {},
      { clock, log: createMemoryLogger(), state: createMemoryStateStore() },
    );
    await provider.start(new AbortController().signal);
    return provider;
  },
  pass: (durationMs) => clock.advance(durationMs),
  issue: (provider, request) => provider.issue(request),
  forge: (credential) => credential.slice(0, -4) + (credential.endsWith('AAAA') ? 'BBBB' : 'AAAA'),
});
