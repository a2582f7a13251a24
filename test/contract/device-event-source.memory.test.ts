import {
  createMemorySource,
  type MemoryDeviceSource,
} from '../../adapters/device-event-source/memory/memory-source.js';
import type { SourceDescriptor } from '../../ports/device-event-source.js';
import { deviceEventSourceContract, type DeviceWorld } from './device-event-source.contract.js';

/** Used by the broken adapters too. */
export function memoryDeviceWorld(): DeviceWorld & { source(): MemoryDeviceSource } {
  let source = createMemorySource();
  return {
    source: () => source,
    create: () => source,
    plug: async (device) => source.control.plug(descriptor(device)),
    unplug: async (device) => source.control.unplug(`memory:${device}`),
    change: async (device) => source.control.change({ ...descriptor(device), name: 'renamed' }),
    reset: async () => void (source = createMemorySource()),
    withinMs: 300,
  };
}

function descriptor(device: number): SourceDescriptor {
  return {
    key: `memory:${device}`,
    kind: 'memory',
    locator: `memory-${device}`,
    name: `Camera ${device}`,
    hints: {},
  };
}

deviceEventSourceContract('memory', memoryDeviceWorld());
