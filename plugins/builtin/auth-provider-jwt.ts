import {
  createJwtAuthProvider,
  type JwtAuthProviderOptions,
} from '../../adapters/auth-provider/jwt/jwt-auth-provider.js';
import { definePlugin } from '../api/index.js';

export default definePlugin({
  name: 'auth-provider-jwt',
  apiVersion: 1,
  setup(context) {
    context.provide('AuthProvider', 'jwt', (a) => createJwtAuthProvider(optionsOf(a.config), a));
  },
});

/** An empty text in the configuration means that the option is not set. */
function optionsOf(config: Readonly<Record<string, unknown>>): JwtAuthProviderOptions {
  const {
    algorithm,
    secret,
    key_file: keyFile,
    issuer,
    audience,
    clock_tolerance_ms: clockToleranceMs,
  } = config;
  const given = Object.entries({ algorithm, secret, keyFile, issuer, audience, clockToleranceMs });
  return Object.fromEntries(
    given.filter(([, value]) => value !== '' && value !== undefined),
  ) as unknown as JwtAuthProviderOptions;
}
