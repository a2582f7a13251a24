/** Credentials that exist in memory only. */
import { createMemoryAuthProvider } from '../../adapters/auth-provider/memory/memory-auth-provider.js';
import { definePlugin } from '../api/index.js';

export default definePlugin({
  name: 'auth-provider-memory',
  apiVersion: 1,
  setup(context) {
    context.provide('AuthProvider', 'memory', {
      create: (adapter) => createMemoryAuthProvider({}, adapter),
    });
  },
});
