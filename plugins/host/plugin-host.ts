import type { Clock } from '../../ports/index.js';
import { PortError } from '../../ports/index.js';
import type { Plugin, PluginContext, RunContext } from '../api/index.js';
import { PLUGIN_API_VERSION } from '../api/index.js';
import { AdapterRegistry } from './adapter-registry.js';

export interface LoadedPlugin {
  readonly name: string;
  readonly version: string;
  readonly provides: readonly string[];
}

export interface PluginHostDeps {
  /** Sections of the configuration that no plugin can have. */
  readonly reservedSections?: readonly string[];
  readonly clock: Clock;
}

type Work = (context: RunContext) => void | Promise<void>;

/** Sets plugins up and keeps what they provide. Knows no plugin by name. */
export class PluginHost {
  readonly adapters: AdapterRegistry;
  readonly #deps: PluginHostDeps;
  readonly #loaded: LoadedPlugin[] = [];
  readonly #beforeRun: { readonly plugin: string; readonly work: Work }[] = [];

  constructor(deps: PluginHostDeps) {
    this.#deps = deps;
    this.adapters = new AdapterRegistry(deps.reservedSections);
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
    const late = new AbortController();
    const either = AbortSignal.any([late.signal, signal]);
    const context = new SetupContext(checked.name, either, {
      adapters: this.adapters,
      beforeRun: (work) => this.#beforeRun.push({ plugin: checked.name, work }),
    });
    const cancel = this.#deps.clock.after(options.deadlineMs, () => {
      late.abort(refuse(checked.name, `its setup did not end within ${String(options.deadlineMs)} ms`));
    });
    try {
      await Promise.race([setUp(checked, context), rejection(either)]);
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

  /** Does what plugins want done before the service runs. @throws what their work throws. */
  async prepareRun({ directories, log, signal }: RunContext): Promise<void> {
    for (const { plugin, work } of this.#beforeRun)
      await work({ directories, signal, log: log.child({ plugin }) });
  }
}

interface Registrar {
  readonly adapters: AdapterRegistry;
  readonly beforeRun: (work: Work) => void;
}

/** What `setup` gets. Of no use once `setup` has ended. */
class SetupContext implements PluginContext {
  readonly signal: AbortSignal;
  readonly #plugin: string;
  readonly #registrar: Registrar;
  #isOpen = true;

  constructor(plugin: string, signal: AbortSignal, registrar: Registrar) {
    this.#plugin = plugin;
    this.#registrar = registrar;
    this.signal = signal;
  }

  provide: PluginContext['provide'] = (port, name, offer) => {
    this.#requireOpen(`provides ${port} "${name}"`);
    this.#registrar.adapters.add(port, name, { plugin: this.#plugin, offer });
  };

  beforeRun: PluginContext['beforeRun'] = (work) => {
    this.#requireOpen('asks for work before the run');
    this.#registrar.beforeRun(work);
  };

  close(): void {
    this.#isOpen = false;
  }

  #requireOpen(what: string): void {
    if (!this.#isOpen) throw new TypeError(`plugin ${this.#plugin} ${what} after its setup has ended`);
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
