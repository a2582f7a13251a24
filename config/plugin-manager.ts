import { dependencyFailed, invalidParam, invalidState, unsupported } from '../core/errors/service-error.js';
import { Mutex } from '../core/lifecycle/mutex.js';
import type {
  PluginCaller,
  PluginChange,
  PluginControl,
  PluginView,
} from '../core/lifecycle/plugin-control.js';
import type { FaultBook } from '../plugins/guard/fault-book.js';
import type { AdapterRegistry } from '../plugins/host/adapter-registry.js';
import { optionOf } from '../plugins/host/adapter-registry.js';
import type { LoadedPlugin, PluginHost } from '../plugins/host/plugin-host.js';
import { PORT_NAMES, type Directories, type PortName } from '../plugins/api/index.js';
import { isPortError, type Logger } from '../ports/index.js';
import type { AdapterMaker } from './adapters.js';
import type { Cradle } from './composition-root.js';
import { writeDisabled } from './disabled-plugins.js';
import { isLivePort } from './live-ports.js';
import { ConfigError, type Config } from './load.js';
import { PluginCapabilities } from './plugin-capabilities.js';
import { PluginParts } from './plugin-parts.js';
import type { PluginReloader } from './plugin-reloader.js';
import { isRequired, type LostPlugin } from './plugins.js';
import type { Service } from './service.js';

export interface PluginManagerDeps {
  readonly config: Pick<Config, 'get'>;
  readonly directories: Directories;
  readonly host: PluginHost;
  readonly maker: AdapterMaker;
  readonly faults: FaultBook;
  readonly lost: readonly LostPlugin[];
  readonly log: Logger;
  readonly reloader: PluginReloader;
  /** The configuration as it is with other plugins. @throws ConfigError. */
  readonly settle: (adapters: AdapterRegistry) => Config;
  readonly signal: AbortSignal;
}

type Running = Pick<Cradle, 'board' | 'state' | 'phase'> & { readonly parts: PluginParts };

const DISABLED = 'disabled by an administrator';

/** Takes plugins in and out of use, and loads their code again, while the service runs. */
export class PluginManager implements PluginControl {
  readonly #deps: PluginManagerDeps;
  readonly #turn = new Mutex();
  readonly #lost: Map<string, LostPlugin>;
  #disabled: ReadonlySet<string> = new Set();
  #running: Running | undefined;

  constructor(deps: PluginManagerDeps) {
    this.#deps = deps;
    this.#lost = new Map(deps.lost.map((each) => [each.name, each]));
  }

  /**
   * From here on it has something to manage. Plugins get their capabilities.
   * @throws TypeError for a required plugin of which a method, event or metric has a name that is taken.
   */
  attach(service: Service, cradle: Cradle): void {
    const { made, disabled, board, state, phase } = cradle;
    const { faults } = this.#deps;
    this.#disabled = new Set(disabled);
    const capabilities = new PluginCapabilities(this.#deps, { ...capabilityParts(cradle), faults });
    this.#running = {
      ...{ board, state, phase },
      parts: new PluginParts({ ...this.#deps, service, capabilities, made }),
    };
    for (const { name, choice } of this.#deps.host.loaded) {
      if (this.#disabled.has(name)) continue;
      try {
        capabilities.install(name);
      } catch (cause) {
        if (isRequired(this.#deps.config, [name, choice])) throw cause;
        faults.raise(name, '', cause);
      }
    }
    for (const name of disabled) {
      this.#tellHealth(name);
      void this.#deps.reloader.end(this.#choiceOf(name));
    }
  }

  list(): readonly PluginView[] {
    const lost = [...this.#lost.values()].map(({ name, failure }): PluginView => ({
      ...{ name, version: '', provides: [], capabilities: [], isolation: 'none' },
      ...{ state: 'failed', reason: failure.message },
    }));
    return [...this.#deps.host.loaded.map((each) => this.#view(each)), ...lost];
  }

  async change(name: string, { enabled, reload }: PluginChange, caller: PluginCaller): Promise<PluginView> {
    return await this.#turn.run(async () => {
      const running = this.#requireRunning();
      const own = this.#nameOf(name);
      const isDisabled = this.#disabled.has(own);
      if (this.#lost.has(own) && !reload)
        throw invalidState('failed', ['running', 'idle', 'degraded', 'disabled']);
      if (reload || enabled === isDisabled) this.#requireReplaceable(own, caller, running);
      // Nothing runs of one that is isolated and disabled.
      if (reload || (enabled && isDisabled && this.#isIsolated(own))) await this.#reload(own, running);
      if (enabled === isDisabled) await this.#turnTo(own, enabled, running);
      this.#tellHealth(own);
      return this.#find(own);
    });
  }

  #requireRunning(): Running {
    const phase = this.#running?.phase('cameras') ?? 'starting';
    const isUp = this.#running?.board.isStarted === true;
    if (this.#running === undefined || !isUp || phase === 'stopping')
      throw invalidState(phase === 'stopping' ? 'stopping' : 'starting', ['ready']);
    return this.#running;
  }

  /** @param name its own, or its entry in `plugins.load`. */
  #nameOf(name: string): string {
    const found = this.#deps.host.loaded.find((each) => each.name === name || each.choice === name);
    if (found !== undefined) return found.name;
    if (this.#lost.has(name)) return name;
    throw invalidParam('name', 'unknown', `There is no plugin "${name}"; get_plugins lists all plugins.`);
  }

  #find(name: string): PluginView {
    const found = this.list().find((each) => each.name === name);
    if (found === undefined) throw new TypeError(`the plugin ${name} has gone`);
    return found;
  }

  #view({ name, version, provides, capabilities, choice }: LoadedPlugin): PluginView {
    const { isolation = 'none' } =
      (choice === undefined ? undefined : this.#deps.reloader.choice(choice)) ?? {};
    const about = { name, version, provides, capabilities, isolation };
    if (this.#disabled.has(name)) return { ...about, state: 'disabled', reason: DISABLED };
    const { state, reason } = this.#deps.faults.of(name);
    if (state !== 'ok') return { ...about, state: 'degraded', ...(reason === undefined ? {} : { reason }) };
    const isUsed = this.#running?.parts.isUsed(name) === true || this.#single(name) !== undefined;
    return { ...about, state: isUsed ? 'running' : 'idle' };
  }

  /** An adapter of a plugin that is the only one of its port. */
  #single(plugin: string): { readonly port: PortName; readonly name: string } | undefined {
    const { config, host } = this.#deps;
    const ports = PORT_NAMES.filter((port) => !isLivePort(port));
    const chosen = ports.map((port) => ({ port, name: config.get(optionOf(port)) as string }));
    return chosen.find(({ port, name }) => host.adapters.pluginOf(port, name) === plugin);
  }

  #requireReplaceable(plugin: string, { transport, provider }: PluginCaller, { parts }: Running): void {
    const feature = `taking the plugin ${plugin} out of use while the service runs`;
    const single = this.#single(plugin);
    if (single !== undefined)
      throw unsupported(
        feature,
        `it provides ${single.port}/${single.name}, and the service cannot run without a ${single.port}; select another adapter in ${optionOf(single.port)}, then restart the service`,
      );
    const isAsked = parts
      .adaptersOf(plugin)
      .some(
        ({ port, adapter }) =>
          (port === 'Transport' && adapter.name === transport) ||
          (port === 'AuthProvider' && adapter.name === provider),
      );
    if (isAsked)
      throw unsupported(
        feature,
        `this call came by it (transport ${transport}, credential provider ${provider}); call by another transport and with a credential of another provider`,
      );
  }

  async #turnTo(plugin: string, enabled: boolean, { state, parts }: Running): Promise<void> {
    await writeDisabled(state, plugin, !enabled);
    const others = [...this.#disabled].filter((each) => each !== plugin);
    this.#disabled = new Set(enabled ? others : [...others, plugin]);
    if (enabled) await parts.admit(plugin, await parts.makeWhatCanBe(plugin));
    else {
      await parts.dismiss(plugin);
      await this.#deps.reloader.end(this.#choiceOf(plugin));
    }
    this.#deps.log.info(enabled ? 'a plugin has been enabled' : 'a plugin has been disabled', { plugin });
  }

  #choiceOf(plugin: string): string {
    return this.#deps.host.loaded.find(({ name }) => name === plugin)?.choice ?? plugin;
  }

  #isIsolated(plugin: string): boolean {
    const { isolation = 'none' } = this.#deps.reloader.choice(this.#choiceOf(plugin)) ?? {};
    return isolation !== 'none';
  }

  /** What was right before a failure is so again after it. */
  async #reload(plugin: string, { parts }: Running): Promise<void> {
    const { host, maker, reloader, settle, signal, log } = this.#deps;
    const before = host.fork();
    const choice = reloader.choice(this.#choiceOf(plugin));
    if (choice === undefined)
      throw unsupported(
        `reloading the plugin ${plugin}`,
        'it comes with the service; install another version of the service, then restart it',
      );
    const trial = host.fork(plugin);
    const edition = await reloader.load(choice, trial, signal).catch(refusal(plugin));
    try {
      const own = requireSameName(plugin, choice.name, trial);
      const config = settle(trial.adapters);
      host.take(trial);
      const made = await maker.trying(config, async () =>
        this.#disabled.has(own) ? [] : await parts.make(own),
      );
      await parts.dismiss(plugin);
      this.#lost.delete(choice.name);
      await this.#prepare(own, trial);
      if (!this.#disabled.has(own)) await parts.admit(own, made);
      await edition.keep();
      log.info('a plugin has been reloaded', { plugin: own });
    } catch (cause) {
      host.take(before);
      await edition.discard();
      return refusal(plugin)(cause);
    }
  }

  /** What a plugin wants done before it runs is no reason for it not to run. */
  async #prepare(plugin: string, trial: PluginHost): Promise<void> {
    const { directories, faults, log, signal } = this.#deps;
    try {
      await trial.prepareRun({ directories, log, signal });
    } catch (cause) {
      faults.raise(plugin, 'its work before the run', cause);
    }
  }

  #tellHealth(plugin: string): void {
    const isDisabled = this.#disabled.has(plugin);
    const { state, reason } = this.#deps.faults.of(plugin);
    this.#running?.board.set(`plugin:${plugin}`, state, { reason: isDisabled ? DISABLED : reason });
  }
}

function capabilityParts({ methods, routes, hub, metrics, clock }: Cradle) {
  return { methods, routes, hub, metrics, clock };
}

/** What cannot be loaded is told to the one who asked; anything else is a fault of ours. */
function refusal(plugin: string): (cause: unknown) => never {
  return (cause) => {
    if (!isPortError(cause) && !(cause instanceof ConfigError)) throw cause;
    throw dependencyFailed(`plugin ${plugin}`, cause.message);
  };
}

/** Other things go by the name of a plugin, such as whether it is disabled. */
function requireSameName(plugin: string, choice: string, { loaded }: PluginHost): string {
  const own = loaded.find((each) => each.choice === choice)?.name ?? plugin;
  if (own === plugin || plugin === choice) return own;
  throw new ConfigError([
    `plugins.load: ${choice}: its name has changed from ${plugin} to ${own}; restart the service`,
  ]);
}
