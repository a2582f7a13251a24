/** Small documents in memory. */
import { createMemoryStateStore } from '../../adapters/state-store/memory/memory-state-store.js';
import { definePlugin } from '../api/index.js';

export default definePlugin({
  name: 'state-store-memory',
  apiVersion: 1,
  setup(context) {
    context.provide('StateStore', 'memory', {
      create: () => createMemoryStateStore(),
    });
  },
});
