/** Devices that exist in memory only, plugged and pulled by the program that made them. */
import type { DeviceEvent, DeviceEventSource, SourceDescriptor } from '../../../ports/device-event-source.js';
import { DeviceTable } from '../../_shared/device-table.js';

export interface MemoryDeviceControl {
  plug(source: SourceDescriptor): void;
  /** Announces new facts about a device that is there. @throws TypeError when it is not. */
  change(source: SourceDescriptor): void;
  unplug(key: string): void;
}

export interface MemoryDeviceSource extends DeviceEventSource {
  readonly control: MemoryDeviceControl;
}

export const MEMORY_SOURCE = 'memory';

export function createMemorySource(present: readonly SourceDescriptor[] = []): MemoryDeviceSource {
  const table = new DeviceTable();
  for (const source of present) table.set(source);
  return {
    name: MEMORY_SOURCE,
    supports: { hotplugLatencyMs: 0, reportsSerial: true },
    control: {
      plug: (source) => table.set(source),
      change: (source) => {
        if (table.get(source.key) === undefined) throw new TypeError(`${source.key} is not plugged in`);
        table.set(source);
      },
      unplug: (key) => table.delete(key),
    },
    watch: (signal): AsyncIterable<DeviceEvent> => table.watch(signal),
  };
}
