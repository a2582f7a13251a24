/** Keeps files in memory. */
import { createMemoryFileStore } from '../../adapters/file-store/memory/memory-file-store.js';
import { MEMORY_FILES_OPTIONS } from '../../adapters/file-store/memory/options.js';
import { camelCased, definePlugin } from '../api/index.js';

export default definePlugin({
  name: 'file-store-memory',
  apiVersion: 1,
  setup(context) {
    context.provide('FileStore', 'memory', {
      options: MEMORY_FILES_OPTIONS,
      section: 'memory_files',
      create: (adapter) => createMemoryFileStore(camelCased(adapter.config), adapter),
    });
  },
});
