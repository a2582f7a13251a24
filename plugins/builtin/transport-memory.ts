/** Calls inside the process, for tests and embedding. */
import { createMemoryTransport } from '../../adapters/transport/memory/memory-transport.js';
import { definePlugin } from '../api/index.js';

export default definePlugin({
  name: 'transport-memory',
  apiVersion: 1,
  setup(context) {
    context.provide('Transport', 'memory', {
      create: () => createMemoryTransport(),
    });
  },
});
