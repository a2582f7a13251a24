import { installPlugin, type CapabilityDeps } from '../plugins/capabilities/live-plugin.js';
import type { PluginHost } from '../plugins/host/plugin-host.js';
import type { Config } from './load.js';

/** What an administrator may deny, as `plugin/capability`; `*` stands for every plugin. */
export function isDenied(config: Pick<Config, 'get'>, names: readonly (string | undefined)[]) {
  const denied = config.get('plugins.deny') as readonly string[];
  return (capability: string): boolean =>
    ['*', ...names].some((name) => name !== undefined && denied.includes(`${name}/${capability}`));
}

interface Given {
  readonly host: PluginHost;
  readonly config: Pick<Config, 'get'>;
}

/** What plugins have beyond adapters, as a part of the service that runs. */
export class PluginCapabilities {
  readonly #given: Given;
  readonly #deps: CapabilityDeps;
  readonly #removals = new Map<string, () => void>();

  constructor(given: Given, deps: CapabilityDeps) {
    this.#given = given;
    this.#deps = deps;
  }

  /** Whether something of the plugin is installed. */
  has(plugin: string): boolean {
    return this.#removals.has(plugin);
  }

  /** Does nothing for a plugin that has declared nothing. @throws TypeError when a name is taken; nothing is left then. */
  install(plugin: string): void {
    const { host, config } = this.#given;
    const declared = host.declarationsOf(plugin);
    if (declared === undefined || declared.used.length === 0) return;
    const choice = host.loaded.find(({ name }) => name === plugin)?.choice;
    this.#removals.set(plugin, installPlugin(declared, this.#deps, isDenied(config, [plugin, choice])));
  }

  remove(plugin: string): void {
    this.#removals.get(plugin)?.();
    this.#removals.delete(plugin);
  }
}
