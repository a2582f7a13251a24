/** Answers for cameras that exist in memory only. */
import { createMemoryProbe } from '../../adapters/camera-probe/memory/memory-probe.js';
import { definePlugin } from '../api/index.js';

export default definePlugin({
  name: 'camera-probe-memory',
  apiVersion: 1,
  setup(context) {
    context.provide('CameraProbe', 'memory', {
      kinds: ['memory'],
      create: () => createMemoryProbe(),
    });
  },
});
