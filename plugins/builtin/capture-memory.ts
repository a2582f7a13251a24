/** Captures of cameras that exist in memory only. */
import { createMemoryCapture } from '../../adapters/capture/memory/memory-capture.js';
import { MEMORY_CAPTURE_OPTIONS } from '../../adapters/capture/memory/options.js';
import { definePlugin } from '../api/index.js';

export default definePlugin({
  name: 'capture-memory',
  apiVersion: 1,
  setup(context) {
    context.provide('Capture', 'memory', {
      kinds: ['memory'],
      options: MEMORY_CAPTURE_OPTIONS,
      section: 'memory_capture',
      create: (adapter) => createMemoryCapture({ kinds: ['memory'], ...adapter.config }, adapter),
    });
  },
});
