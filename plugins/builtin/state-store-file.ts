/** Small documents as files in the state folder. */
import { createFileStateStore } from '../../adapters/state-store/file/file-state-store.js';
import { definePlugin } from '../api/index.js';

export default definePlugin({
  name: 'state-store-file',
  apiVersion: 1,
  setup(context) {
    context.provide('StateStore', 'file', {
      create: (adapter) => createFileStateStore({ directory: adapter.directories.state }, adapter),
    });
  },
});
