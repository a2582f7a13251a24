/** Signed tokens. */
import { createJwtAuthProvider } from '../../adapters/auth-provider/jwt/jwt-auth-provider.js';
import { faultsOf, JWT_OPTIONS } from '../../adapters/auth-provider/jwt/options.js';
import { keyFileFaults } from '../../adapters/auth-provider/jwt/verification-keys.js';
import { camelCased, definePlugin } from '../api/index.js';

export default definePlugin({
  name: 'auth-provider-jwt',
  apiVersion: 1,
  setup(context) {
    context.provide('AuthProvider', 'jwt', {
      options: JWT_OPTIONS,
      section: 'jwt',
      check: (config) => faultsOf(camelCased(config)),
      inspect: (config) => keyFileFaults(camelCased(withoutEmpty(config))),
      create: (adapter) => createJwtAuthProvider(camelCased(withoutEmpty(adapter.config)), adapter),
    });
  },
});

/** An empty text in the configuration means that the option is not set. */
function withoutEmpty<T extends object>(config: T): T {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== '')) as T;
}
