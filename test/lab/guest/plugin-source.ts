/** Makes a device source of a plugin, as the service does. */
import { pathToFileURL } from 'node:url';
import { createSystemClock } from '../../../adapters/clock/system/system-clock.js';
import { createMemoryStateStore } from '../../../adapters/state-store/memory/memory-state-store.js';
import type { AdapterContext, Plugin, PluginContext } from '../../../plugins/api/index.js';
import { AdapterRegistry } from '../../../plugins/host/adapter-registry.js';
import type { DeviceEventSource } from '../../../ports/device-event-source.js';
import { defaultsOf } from '../../../ports/options.js';
import type { Logger } from '../../../ports/logger.js';
import type { SourceSpec } from '../host/wire.js';

/** @throws PortError `OPTION_INVALID` when the plugin offers no source of that name. */
export async function makeSource(
  { plugin, name, config }: SourceSpec,
  log: Logger,
): Promise<DeviceEventSource> {
  const module = (await import(pathToFileURL(plugin).href)) as { readonly default: Plugin };
  const registry = new AdapterRegistry();
  const folder = '/tmp';
  const directories = { state: folder, recordings: folder, snapshots: folder, run: folder, logs: folder };
  const { signal } = new AbortController();
  await module.default.setup({
    signal,
    provide: (port, offered, offer) => registry.add(port, offered, { plugin, offer }),
    beforeRun: () => undefined,
    // A source under test has adapters only.
  } as Partial<PluginContext> as PluginContext);
  const [section] = registry.sectionsOf('DeviceEventSource', name);
  const values = section === undefined ? {} : { ...defaultsOf<object>(section.schema), ...config };
  // A source that speaks HTTP is not for the lab.
  const context = {
    ...{ config: values, keyOf: (option: string) => option, directories, log },
    ...{ clock: createSystemClock(), state: createMemoryStateStore() },
  };
  return registry.create('DeviceEventSource', name, context as unknown as AdapterContext);
}
