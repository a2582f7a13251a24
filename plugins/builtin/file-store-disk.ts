import { createDiskFileStore } from '../../adapters/file-store/disk/disk-file-store.js';
import { definePlugin } from '../api/index.js';

export default definePlugin({
  name: 'file-store-disk',
  apiVersion: 1,
  setup(context) {
    context.provide('FileStore', 'disk', (a) =>
      createDiskFileStore({
        recordings: a.directories.recordings,
        snapshots: a.directories.snapshots,
        reserveBytes: a.config['reserve_bytes'] as number,
      }),
    );
  },
});
