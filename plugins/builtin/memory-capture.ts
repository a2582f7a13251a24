/** Captures of cameras that exist in memory only. */
import { createMemoryCapture } from '../../adapters/capture/memory/memory-capture.js';
import { definePlugin } from '../api/index.js';

export default definePlugin({
  name: 'memory-capture',
  apiVersion: 1,
  setup(context) {
    context.provide('Capture', 'memory', (adapter) => {
      const { fps = 5 } = adapter.config as { readonly fps?: number };
      return createMemoryCapture({ kinds: ['memory'], fps }, adapter);
    });
  },
});
