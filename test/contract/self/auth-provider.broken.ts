import { createMemoryAuthProvider } from '../../../adapters/auth-provider/memory/memory-auth-provider.js';
import { createManualClock } from '../../../adapters/clock/manual/manual-clock.js';
import type { AuthProvider } from '../../../ports/auth-provider.js';
import type { AuthProviderWorld } from '../auth-provider.contract.js';
import type { Broken } from './expect-caught.js';

export const brokenAuthProviders: readonly Broken<AuthProviderWorld>[] = [
  broken('admits', (provider) => ({
    authenticate: async (text) => {
      const principal = await provider.authenticate(text);
      return principal && { ...principal, role: 'admin' };
    },
  })),
  broken('cameras', (provider) => ({
    authenticate: async (text) => {
      const { cameras, ...principal } = (await provider.authenticate(text)) ?? {
        id: '',
        role: 'viewer',
        provider: '',
      };
      return cameras === undefined || cameras.length === 0 ? principal : { ...principal, cameras };
    },
  })),
  broken('foreign', (provider) => ({
    authenticate: async (text) =>
      (await provider.authenticate(text)) ?? Promise.reject(new Error('not mine')),
  })),
  broken('forged', (provider) => ({
    authenticate: (text) =>
      provider.authenticate(text).catch((error: unknown) => {
        throw Object.assign(error as Error, { message: `refused ${text}` });
      }),
  })),
  broken('expires', (provider) => ({ issue: ({ ttlSeconds: _, ...request }) => provider.issue(request) })),
  broken('issue-checks', (provider) => ({
    issue: (request) => provider.issue({ ...request, role: 'viewer' }),
  })),
  broken('unique', (provider) => {
    let first: ReturnType<AuthProvider['issue']> | undefined;
    return { issue: (request) => (first ??= provider.issue(request)) };
  }),
  broken('lists', () => ({ list: async () => [] })),
  broken('revokes', (provider) => ({
    revoke: async (id) => (await provider.list()).some((record) => record.id === id),
  })),
  broken('credential-id', (provider) => {
    let n = 0;
    return {
      authenticate: async (text) => {
        const principal = await provider.authenticate(text);
        return principal && { ...principal, credentialId: `login-${String((n += 1))}` };
      },
    };
  }),
  broken('hands-over', (provider) => ({
    issue: async ({ handOver, ...request }) => {
      const issued = await provider.issue(request);
      await handOver?.(issued.credential);
      return issued;
    },
  })),
  broken('reaches', () => ({ watch: undefined as unknown as () => () => void })),
  broken('tells', () => ({ watch: () => () => undefined })),
  broken('rechecks', () => ({ recheck: async (principal) => principal })),
];

function broken(
  rule: string,
  spoil: (provider: AuthProvider) => Partial<AuthProvider>,
): Broken<AuthProviderWorld> {
  const clock = createManualClock();
  return {
    rule,
    world: {
      create: async () => {
        const provider = createMemoryAuthProvider({}, { clock });
        const spoiled = spoil(provider);
        return new Proxy(provider, {
          get(sound, name) {
            const value: unknown = Reflect.get(name in spoiled ? spoiled : sound, name);
            return typeof value === 'function' ? (value.bind(sound) as unknown) : value;
          },
        });
      },
      pass: (durationMs) => clock.advance(durationMs),
      issue: (provider, request) => provider.issue(request),
      forge: (credential) => credential.slice(0, -4) + (credential.endsWith('0000') ? '1111' : '0000'),
    },
  };
}
