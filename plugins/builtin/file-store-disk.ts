/** Keeps recordings and snapshots in two folders. */
import { createDiskFileStore } from '../../adapters/file-store/disk/disk-file-store.js';
import { DISK_OPTIONS } from '../../adapters/file-store/disk/options.js';
import { camelCased, definePlugin } from '../api/index.js';

export default definePlugin({
  name: 'file-store-disk',
  apiVersion: 1,
  setup(context) {
    context.provide('FileStore', 'disk', {
      options: DISK_OPTIONS,
      section: 'disk',
      create: ({ config, directories: { recordings, snapshots } }) =>
        createDiskFileStore({ recordings, snapshots, ...camelCased(config) }),
    });
  },
});
