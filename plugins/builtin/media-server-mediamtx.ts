/** MediaMTX as media server. */
import { createMediaMtxMediaServer } from '../../adapters/media-server/mediamtx/mediamtx-media-server.js';
import { MEDIAMTX_OPTIONS } from '../../adapters/media-server/mediamtx/options.js';
import { faultsOf } from '../../adapters/media-server/mediamtx/settings.js';
import { camelCased, definePlugin } from '../api/index.js';

export default definePlugin({
  name: 'media-server-mediamtx',
  apiVersion: 1,
  setup(context) {
    context.provide('MediaServer', 'mediamtx', {
      options: MEDIAMTX_OPTIONS,
      section: 'mediamtx',
      check: (config) => faultsOf(camelCased(config)),
      create: (adapter) =>
        createMediaMtxMediaServer({ ...camelCased(adapter.config), folders: adapter.directories }, adapter),
    });
  },
});
