/** Keys that are made here and can be taken back. */
import { createApiKeyAuthProvider } from '../../adapters/auth-provider/api-key/api-key-auth-provider.js';
import { API_KEY_OPTIONS } from '../../adapters/auth-provider/api-key/options.js';
import { camelCased, definePlugin } from '../api/index.js';

export default definePlugin({
  name: 'auth-provider-api-key',
  apiVersion: 1,
  setup(context) {
    context.provide('AuthProvider', 'api-key', {
      options: API_KEY_OPTIONS,
      section: 'api_key',
      create: (adapter) => createApiKeyAuthProvider(camelCased(adapter.config), adapter),
    });
  },
});
