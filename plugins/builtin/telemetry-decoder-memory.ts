/** Telemetry that tests and demos make up. */
import { createMemoryTelemetryDecoder } from '../../adapters/telemetry-decoder/memory/memory-telemetry-decoder.js';
import { definePlugin } from '../api/index.js';

export default definePlugin({
  name: 'telemetry-decoder-memory',
  apiVersion: 1,
  setup(context) {
    context.provide('TelemetryDecoder', 'memory', { create: () => createMemoryTelemetryDecoder() });
  },
});
