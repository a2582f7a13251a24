/** Health and metrics on their own listener. */
import { createHttpHealthTransport } from '../../adapters/transport/http-health/http-health-transport.js';
import { definePlugin } from '../api/index.js';

export default definePlugin({
  name: 'transport-http-health',
  apiVersion: 1,
  setup(context) {
    context.provide('Transport', 'http-health', {
      create: ({ listeners, log }) => createHttpHealthTransport({ listener: listeners.health, log }),
    });
  },
});
