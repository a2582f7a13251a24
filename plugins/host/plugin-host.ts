import type { Clock, Logger } from '../../ports/index.js';
import { PortError } from '../../ports/index.js';
import type { Directories, Plugin, PluginContext } from '../api/index.js';
import { PLUGIN_API_VERSION } from '../api/index.js';
import { AdapterRegistry } from './adapter-registry.js';

export interface LoadedPlugin {
  readonly name: string;
  readonly version: string;
  readonly provides: readonly string[];
}

export interface PluginHostDeps {
  readonly directories: Directories;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Sets plugins up and keeps what they provide. Knows no plugin by name. */
export class PluginHost {
  readonly adapters = new AdapterRegistry();
  readonly #deps: PluginHostDeps;
  readonly #loaded: LoadedPlugin[] = [];

  constructor(deps: PluginHostDeps) {
    this.#deps = deps;
  }

  get loaded(): readonly LoadedPlugin[] {
    return this.#loaded;
  }

  /**
   * Sets a plugin up.
   * @param deadlineMs how long its `setup` may take.
   * @throws PortError `OPTION_INVALID` for something that is not a plugin, is made for another API version or is there already, or
   * whose `setup` fails.
   */
  async load(
    plugin: unknown,
    options: { readonly version: string; readonly deadlineMs: number },
    signal: AbortSignal,
  ): Promise<void> {
    const checked = check(plugin);
    if (this.#loaded.some((each) => each.name === checked.name))
      throw refuse(checked.name, 'a plugin of that name is loaded already');
    const context = new SetupContext(checked.name, this.adapters, { ...this.#deps, signal });
    const { clock } = this.#deps;
    const late = new AbortController();
    const cancel = clock.after(options.deadlineMs, () => {
      late.abort(refuse(checked.name, `its setup did not end within ${String(options.deadlineMs)} ms`));
    });
    try {
      await Promise.race([setUp(checked, context), rejection(AbortSignal.any([late.signal, signal]))]);
    } finally {
      cancel();
      context.close();
    }
    this.#loaded.push({
      name: checked.name,
      version: options.version,
      provides: this.adapters.provides(checked.name),
    });
  }
}

/** What `setup` gets. Of no use once `setup` has ended. */
class SetupContext implements PluginContext {
  readonly log: Logger;
  readonly directories: Directories;
  readonly signal: AbortSignal;
  readonly #plugin: string;
  readonly #adapters: AdapterRegistry;
  #isOpen = true;

  constructor(
    plugin: string,
    adapters: AdapterRegistry,
    deps: PluginHostDeps & { readonly signal: AbortSignal },
  ) {
    this.#plugin = plugin;
    this.#adapters = adapters;
    this.log = deps.log.child({ plugin });
    this.directories = deps.directories;
    this.signal = deps.signal;
  }

  provide: PluginContext['provide'] = (port, name, factory) => {
    if (!this.#isOpen)
      throw new TypeError(`plugin ${this.#plugin} provides ${port} "${name}" after its setup has ended`);
    this.#adapters.add(port, name, { plugin: this.#plugin, factory });
  };

  close(): void {
    this.#isOpen = false;
  }
}

function check(plugin: unknown): Plugin {
  const found = plugin as Partial<Plugin> | null | undefined;
  if (typeof found?.name !== 'string' || typeof found.setup !== 'function') {
    throw refuse('a package', 'its default export is not a plugin (use definePlugin)');
  }
  if (found.apiVersion !== PLUGIN_API_VERSION) {
    const theirs = String(found.apiVersion);
    throw refuse(
      found.name,
      `it is made for plugin API ${theirs}; this service has ${String(PLUGIN_API_VERSION)}`,
    );
  }
  return found as Plugin;
}

async function setUp(plugin: Plugin, context: PluginContext): Promise<void> {
  try {
    await plugin.setup(context);
  } catch (cause) {
    throw refuse(
      plugin.name,
      `its setup failed: ${cause instanceof Error ? cause.message : String(cause)}`,
      cause,
    );
  }
}

function refuse(plugin: string, rule: string, cause?: unknown): PortError {
  return new PortError('OPTION_INVALID', {
    cause,
    message: `plugin ${plugin}: ${rule}`,
    detail: { option: 'plugins.load', rule },
  });
}

function rejection(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const fail = (): void => {
      reject(signal.reason as Error);
    };
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail, { once: true });
  });
}
