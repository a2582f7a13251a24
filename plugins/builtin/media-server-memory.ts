/** A media server that exists in memory only. It records nothing. */
import { createMemoryMediaServer } from '../../adapters/media-server/memory/memory-media-server.js';
import { definePlugin } from '../api/index.js';

export default definePlugin({
  name: 'media-server-memory',
  apiVersion: 1,
  setup(context) {
    context.provide('MediaServer', 'memory', {
      create: (adapter) => createMemoryMediaServer({}, adapter),
    });
  },
});
