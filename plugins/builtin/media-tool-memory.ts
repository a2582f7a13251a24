/** Knows the media files it was told about. */
import { createMemoryMediaTool } from '../../adapters/media-tool/memory/memory-media-tool.js';
import { definePlugin } from '../api/index.js';

export default definePlugin({
  name: 'media-tool-memory',
  apiVersion: 1,
  setup(context) {
    context.provide('MediaTool', 'memory', {
      create: () => createMemoryMediaTool(),
    });
  },
});
