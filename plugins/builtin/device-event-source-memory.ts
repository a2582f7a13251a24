/** Cameras that exist in memory only. */
import { createMemorySource } from '../../adapters/device-event-source/memory/memory-source.js';
import { MEMORY_DEVICES_OPTIONS } from '../../adapters/device-event-source/memory/options.js';
import { definePlugin } from '../api/index.js';

export default definePlugin({
  name: 'device-event-source-memory',
  apiVersion: 1,
  setup(context) {
    context.provide('DeviceEventSource', 'memory', {
      kinds: ['memory'],
      options: MEMORY_DEVICES_OPTIONS,
      section: 'memory_devices',
      create: ({ config }) => createMemorySource(Array.from({ length: config.count }, camera)),
    });
  },
});

function camera(_: unknown, index: number) {
  const number = String(index + 1);
  return {
    key: `memory:${number}`,
    kind: 'memory',
    locator: `memory-${number}`,
    name: `Memory camera ${number}`,
    hints: { vendorId: 'f055', productId: '0001', serial: `MEM${number}` },
  };
}
