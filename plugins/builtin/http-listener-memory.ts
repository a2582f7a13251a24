/** Listeners without a network, for tests. */
import { createMemoryHttpListener } from '../../adapters/http-listener/memory/memory-http-listener.js';
import { definePlugin } from '../api/index.js';

export default definePlugin({
  name: 'http-listener-memory',
  apiVersion: 1,
  setup(context) {
    context.provide('HttpListener', 'memory', {
      create: () => createMemoryHttpListener({ port: 0 }),
    });
  },
});
