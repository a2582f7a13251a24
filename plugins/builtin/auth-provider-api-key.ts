import { createApiKeyAuthProvider } from '../../adapters/auth-provider/api-key/api-key-auth-provider.js';
import { definePlugin } from '../api/index.js';

export default definePlugin({
  name: 'auth-provider-api-key',
  apiVersion: 1,
  setup(context) {
    context.provide('AuthProvider', 'api-key', (a) =>
      createApiKeyAuthProvider({ refreshMs: a.config['refresh_ms'] as number }, a),
    );
  },
});
