/** Cameras that exist in memory only. */
import { createMemorySource } from '../../adapters/device-event-source/memory/memory-source.js';
import { definePlugin } from '../api/index.js';

export default definePlugin({
  name: 'memory-devices',
  apiVersion: 1,
  setup(context) {
    context.provide('DeviceEventSource', 'memory', (adapter) => {
      const { count = 1 } = adapter.config as { readonly count?: number };
      return createMemorySource(
        Array.from({ length: count }, (_, index) => ({
          key: `memory:${index + 1}`,
          kind: 'memory',
          locator: `memory-${index + 1}`,
          name: `Memory camera ${index + 1}`,
          hints: { vendorId: 'f055', productId: '0001', serial: `MEM${index + 1}` },
        })),
      );
    });
  },
});
