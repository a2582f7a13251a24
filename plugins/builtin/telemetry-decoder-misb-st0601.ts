/** Telemetry of unmanned aircraft by MISB ST 0601. */
import { createMisbSt0601Decoder } from '../../adapters/telemetry-decoder/misb-st0601/misb-st0601-decoder.js';
import { definePlugin } from '../api/index.js';

export default definePlugin({
  name: 'telemetry-decoder-misb-st0601',
  apiVersion: 1,
  setup(context) {
    context.provide('TelemetryDecoder', 'misb-st0601', { create: () => createMisbSt0601Decoder() });
  },
});
