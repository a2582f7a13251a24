/** Health and metrics on their own listener. */
import { createHttpHealthTransport } from '../../adapters/transport/http-health/http-health-transport.js';
import { definePlugin } from '../api/index.js';

export default definePlugin({
  name: 'http-health',
  apiVersion: 1,
  setup(ctx) {
    ctx.provide('Transport', 'http-health', ({ listeners, log }) =>
      createHttpHealthTransport({ listener: listeners.health, log }),
    );
  },
});
