import { installPlugin, type CapabilityDeps } from '../plugins/capabilities/live-plugin.js';
import type { PluginHost } from '../plugins/host/plugin-host.js';
import type { Config } from './load.js';
import { isRequired } from './plugins.js';

/** What an administrator may deny, as `plugin/capability`; `*` stands for every plugin. */
export function isDenied(config: Pick<Config, 'get'>, names: readonly (string | undefined)[]) {
  const denied = config.get('plugins.deny') as readonly string[];
  return (capability: string): boolean =>
    ['*', ...names].some((name) => name !== undefined && denied.includes(`${name}/${capability}`));
}

/**
 * Makes what plugins have beyond adapters a part of the service. A plugin that cannot be installed is a fault of its own, unless it is
 * required. @returns what takes a plugin out again, by its name. @throws TypeError for a required plugin whose names are taken.
 */
export function installPlugins(
  { host, config }: { readonly host: PluginHost; readonly config: Config },
  deps: CapabilityDeps,
): ReadonlyMap<string, () => void> {
  const removals = new Map<string, () => void>();
  for (const { name, choice } of host.loaded) {
    const declared = host.declarationsOf(name);
    if (declared === undefined || declared.used.length === 0) continue;
    try {
      removals.set(name, installPlugin(declared, deps, isDenied(config, [name, choice])));
    } catch (cause) {
      if (isRequired(config, [name, choice])) throw cause;
      deps.faults.raise(name, '', cause);
    }
  }
  return removals;
}
