/** The history of recordings and snapshots in memory. */
import { createMemorySegmentLog } from '../../adapters/segment-log/memory/memory-segment-log.js';
import { definePlugin } from '../api/index.js';

export default definePlugin({
  name: 'segment-log-memory',
  apiVersion: 1,
  setup(context) {
    context.provide('SegmentLog', 'memory', {
      create: () => createMemorySegmentLog(),
    });
  },
});
