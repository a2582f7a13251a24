/** Keeps the history of recordings and snapshots in a file of its own. */
import { createJsonlFileSegmentLog } from '../../adapters/segment-log/jsonl-file/jsonl-file-segment-log.js';
import { definePlugin } from '../api/index.js';

export default definePlugin({
  name: 'segment-log-jsonl-file',
  apiVersion: 1,
  setup(context) {
    context.provide('SegmentLog', 'jsonl-file', {
      create: ({ directories, log }) => createJsonlFileSegmentLog({ directory: directories.state }, { log }),
    });
  },
});
