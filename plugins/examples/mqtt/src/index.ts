import { definePlugin } from 'mediamtx-camera-service/plugin-api';
import { NAME } from './bridge.js';
import { checkOptions, MQTT_OPTIONS } from './options.js';
import { createTransport } from './transport.js';

export default definePlugin({
  name: NAME,
  apiVersion: 1,
  setup(context) {
    context.provide('Transport', NAME, {
      options: MQTT_OPTIONS,
      check: checkOptions,
      create: ({ config, ...parts }) => createTransport(config, parts),
    });
  },
});
