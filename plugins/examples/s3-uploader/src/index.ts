import { definePlugin } from 'mediamtx-camera-service/plugin-api';
import { checkOptions, S3_OPTIONS } from './options.js';
import { NAME } from './run.js';
import { createTransport } from './transport.js';

export default definePlugin({
  name: NAME,
  apiVersion: 1,
  setup(context) {
    context.provide('Transport', NAME, {
      options: S3_OPTIONS,
      check: checkOptions,
      create: ({ config, ...parts }) => createTransport(config, parts),
    });
  },
});
