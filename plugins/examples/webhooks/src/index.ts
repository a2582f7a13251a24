import { definePlugin } from 'mediamtx-camera-service/plugin-api';
import { checkSecrets, WEBHOOK_OPTIONS } from './options.js';
import { createTransport, NAME } from './transport.js';

export default definePlugin({
  name: NAME,
  apiVersion: 1,
  setup(context) {
    context.provide('Transport', NAME, {
      options: WEBHOOK_OPTIONS,
      check: checkSecrets,
      create: ({ config, ...parts }) => createTransport(config, parts),
    });
  },
});
