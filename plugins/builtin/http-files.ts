/** Downloads and the description of the API on the API listener. */
import { createHttpFilesTransport } from '../../adapters/transport/http-files/http-files-transport.js';
import { definePlugin } from '../api/index.js';

export default definePlugin({
  name: 'http-files',
  apiVersion: 1,
  setup(ctx) {
    ctx.provide('Transport', 'http-files', ({ listeners, log }) =>
      createHttpFilesTransport({ listener: listeners.api, log }),
    );
  },
});
