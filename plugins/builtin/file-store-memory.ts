import { createMemoryFileStore } from '../../adapters/file-store/memory/memory-file-store.js';
import { definePlugin } from '../api/index.js';

export default definePlugin({
  name: 'file-store-memory',
  apiVersion: 1,
  setup(context) {
    context.provide('FileStore', 'memory', (a) =>
      createMemoryFileStore({ capacityBytes: a.config['capacity_bytes'] as number }, a),
    );
  },
});
