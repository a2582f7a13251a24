import type { Clock } from '../../ports/index.js';
import { PortError } from '../../ports/index.js';
import type { Plugin, PluginContext, PortName, RunContext } from '../api/index.js';
import { PLUGIN_API_VERSION } from '../api/index.js';
import { Declarations, type Grants } from '../capabilities/declarations.js';
import { AdapterRegistry } from './adapter-registry.js';
import { manifestDifference } from './manifest-difference.js';
import type { PluginManifest } from './manifest.js';
import { textsFor, type OptionTexts, type Translations } from './translations.js';

export interface LoadedPlugin {
  readonly name: string;
  readonly version: string;
  readonly provides: readonly string[];
  /** What it has beyond adapters; of one whose code was not run, what its manifest asks for. */
  readonly capabilities: readonly string[];
  /** Where its code is: the module whose default export it is. Absent of a plugin that comes with the service. */
  readonly module?: string;
  /** How the configuration names it. Absent of a plugin that comes with the service. */
  readonly choice?: string;
  /** `agrees`: there is a manifest and the code keeps to it. Absent of a plugin that comes with the service. */
  readonly manifest?: 'agrees' | 'none';
  /** Texts of its options in other languages. */
  readonly translations?: Translations;
}

export interface LoadOptions {
  readonly version: string;
  /** How long its `setup` may take. */
  readonly deadlineMs: number;
  readonly module?: string;
  readonly choice?: string;
  /** The folder of its package. */
  readonly folder?: string;
  /** What its package says that it provides. */
  readonly manifest?: PluginManifest | undefined;
  /** What it may have beyond adapters. Absent: what its manifest asks for. */
  readonly grants?: Grants;
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
  readonly #declarations = new Map<string, Declarations>();
  readonly #beforeRun: { readonly plugin: string; readonly work: Work }[] = [];

  constructor(deps: PluginHostDeps) {
    this.#deps = deps;
    this.adapters = new AdapterRegistry(deps.reservedSections);
  }

  get loaded(): readonly LoadedPlugin[] {
    return this.#loaded;
  }

  /** Titles and descriptions of options in a language, as far as the plugins have them. */
  optionTexts(language: string): OptionTexts {
    const all = this.#loaded.map(({ translations = {} }) => textsFor(translations, language));
    return Object.assign({}, ...all) as OptionTexts;
  }

  /** What a plugin declared beyond adapters. */
  declarationsOf(plugin: string): Declarations | undefined {
    return this.#declarations.get(plugin);
  }

  /**
   * Sets a plugin up.
   * @throws PortError `OPTION_INVALID` for something that is not a plugin, is made for another API version or is there already, or
   * whose `setup` fails or provides something else than its manifest says. Nothing of it is kept then.
   */
  async load(plugin: unknown, options: LoadOptions, signal: AbortSignal): Promise<void> {
    const checked = check(plugin);
    if (this.#loaded.some((each) => each.name === checked.name))
      throw refuse(checked.name, 'a plugin with this name is already loaded');
    const late = new AbortController();
    const either = AbortSignal.any([late.signal, signal]);
    const { manifest, folder, grants = manifest?.capabilities ?? [] } = options;
    const declarations = new Declarations(checked.name, grants, folder);
    const context = new SetupContext(checked.name, either, {
      adapters: this.adapters,
      declarations,
      beforeRun: (work) => this.#beforeRun.push({ plugin: checked.name, work }),
    });
    const cancel = this.#deps.clock.after(options.deadlineMs, () => {
      late.abort(refuse(checked.name, `its setup did not finish within ${String(options.deadlineMs)} ms`));
    });
    try {
      await Promise.race([setUp(checked, context), rejection(either)]);
      this.#compare(checked.name, manifest);
    } catch (cause) {
      this.#forget(checked.name);
      throw cause;
    } finally {
      cancel();
      context.close();
    }
    this.#declarations.set(checked.name, declarations);
    this.#loaded.push(this.#record(checked.name, options));
  }

  /** A host with the same plugins, to try another build of one in. @param without the plugin that it does not have. */
  fork(without?: string): PluginHost {
    const fork = new PluginHost(this.#deps);
    fork.take(this);
    if (without !== undefined) fork.#drop(without);
    return fork;
  }

  /** Has from here on the plugins of another host. */
  take(other: PluginHost): void {
    this.adapters.take(other.adapters);
    this.#loaded.splice(0, this.#loaded.length, ...other.#loaded);
    this.#declarations.clear();
    for (const [plugin, declarations] of other.#declarations) this.#declarations.set(plugin, declarations);
  }

  #drop(plugin: string): void {
    this.#forget(plugin);
    this.#declarations.delete(plugin);
    const kept = this.#loaded.filter(({ name }) => name !== plugin);
    this.#loaded.splice(0, this.#loaded.length, ...kept);
  }

  /** The plugin that provides an adapter, if one of those that are loaded does. */
  providerOf(port: PortName, name: string): LoadedPlugin | undefined {
    const plugin = this.adapters.pluginOf(port, name);
    return this.#loaded.find((each) => each.name === plugin);
  }

  /** Which module provides an adapter; `undefined` when it comes with the service. */
  moduleOf(port: PortName, name: string): string | undefined {
    return this.providerOf(port, name)?.module;
  }

  /** Takes in what a manifest says, for those who need no adapter of it. @throws TypeError as `AdapterRegistry.add`. */
  declare(plugin: string, version: string, manifest: PluginManifest): void {
    const { provides: offered, capabilities, translations } = manifest;
    try {
      for (const provision of offered) this.adapters.declare(plugin, provision);
    } catch (cause) {
      this.#forget(plugin);
      throw cause;
    }
    const provides = this.adapters.provides(plugin);
    this.#loaded.push({
      name: plugin,
      version,
      provides,
      capabilities,
      ...(translations && { translations }),
    });
  }

  #compare(plugin: string, manifest: PluginManifest | undefined): void {
    if (manifest === undefined) return;
    const found = manifestDifference(manifest.provides, this.adapters.provisions(plugin));
    if (found === undefined) return;
    throw refuse(plugin, `${found}; build it, then run: camera-service plugin manifest DIR`);
  }

  #forget(plugin: string): void {
    this.adapters.remove(plugin);
    const kept = this.#beforeRun.filter((each) => each.plugin !== plugin);
    this.#beforeRun.splice(0, this.#beforeRun.length, ...kept);
  }

  #record(name: string, { version, module, manifest, choice = name }: LoadOptions): LoadedPlugin {
    const provides = this.adapters.provides(name);
    const capabilities = this.#declarations.get(name)?.used ?? [];
    if (module === undefined) return { name, version, provides, capabilities };
    return {
      name,
      version,
      provides,
      capabilities,
      module,
      choice,
      manifest: manifest === undefined ? 'none' : 'agrees',
      ...(manifest?.translations && { translations: manifest.translations }),
    };
  }

  /** Does what plugins want done before the service runs. @throws what their work throws. */
  async prepareRun({ directories, log, signal }: RunContext): Promise<void> {
    for (const { plugin, work } of this.#beforeRun)
      await work({ directories, signal, log: log.child({ plugin }) });
  }
}

interface Registrar {
  readonly adapters: AdapterRegistry;
  readonly declarations: Declarations;
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

  method: PluginContext['method'] = (name, offer) => {
    this.#requireOpen(`declares the method "${name}"`);
    this.#registrar.declarations.method(name, offer);
  };

  event: PluginContext['event'] = (name, offer) => {
    this.#requireOpen(`declares the event "${name}"`);
    return this.#registrar.declarations.event(name, offer);
  };

  metric: PluginContext['metric'] = (name, offer) => {
    this.#requireOpen(`declares the metric "${name}"`);
    return this.#registrar.declarations.metric(name, offer);
  };

  health: PluginContext['health'] = () => {
    this.#requireOpen('asks for its health');
    return this.#registrar.declarations.health();
  };

  route: PluginContext['route'] = (method, path, offer) => {
    this.#requireOpen(`declares the route "${method} ${path}"`);
    this.#registrar.declarations.route(method, path, offer);
  };

  static: PluginContext['static'] = (folder, offer) => {
    this.#requireOpen(`declares the static files in "${folder}"`);
    this.#registrar.declarations.static(folder, offer);
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
      `it requires plugin API ${theirs}; this service has ${String(PLUGIN_API_VERSION)}`,
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
