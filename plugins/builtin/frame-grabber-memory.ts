/** Pictures of cameras that exist in memory only. */
import { createMemoryGrabber } from '../../adapters/frame-grabber/memory/memory-grabber.js';
import { definePlugin } from '../api/index.js';

export default definePlugin({
  name: 'frame-grabber-memory',
  apiVersion: 1,
  setup(context) {
    context.provide('FrameGrabber', 'memory', {
      kinds: ['memory'],
      create: (adapter) => createMemoryGrabber({ kinds: ['memory'] }, adapter),
    });
  },
});
