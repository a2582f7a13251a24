/** Downloads and the description of the API on the API listener. */
import { createHttpFilesTransport } from '../../adapters/transport/http-files/http-files-transport.js';
import { definePlugin } from '../api/index.js';

export default definePlugin({
  name: 'transport-http-files',
  apiVersion: 1,
  setup(context) {
    context.provide('Transport', 'http-files', {
      create: ({ listeners, log }) => createHttpFilesTransport({ listener: listeners.api, log }),
    });
  },
});
