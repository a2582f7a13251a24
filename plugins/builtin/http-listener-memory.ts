/** Listeners without a network, for tests. */
import { createMemoryHttpListener } from '../../adapters/http-listener/memory/memory-http-listener.js';
import { definePlugin } from '../api/index.js';

export default definePlugin({
  name: 'http-listener-memory',
  apiVersion: 1,
  setup(ctx) {
    ctx.provide('HttpListener', 'memory', () => createMemoryHttpListener({ port: 0 }));
  },
});
