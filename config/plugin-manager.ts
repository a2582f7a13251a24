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
import { PORT_NAMES, type PortName } from '../plugins/api/index.js';
import { isPortError, type Logger } from '../ports/index.js';
import type { AdapterMaker } from './adapters.js';
import type { Cradle } from './composition-root.js';
import { writeDisabled } from './disabled-plugins.js';
import { isLivePort, LIVE_PORTS, type LivePort, type MadeAdapter } from './live-ports.js';
import { ConfigError, type Config } from './load.js';
import type { PluginReloader } from './plugin-reloader.js';
import type { LostPlugin } from './plugins.js';
import type { Service } from './service.js';

export interface PluginManagerDeps {
  readonly config: Pick<Config, 'get'>;
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

type Running = Pick<Cradle, 'board' | 'state' | 'phase'> & { readonly service: Service };

const DISABLED = 'disabled by an administrator';

/** Takes plugins in and out of use, and loads their code again, while the service runs. */
export class PluginManager implements PluginControl {
  readonly #deps: PluginManagerDeps;
  readonly #turn = new Mutex();
  readonly #lost: Map<string, LostPlugin>;
  #made: readonly MadeAdapter[] = [];
  #disabled: ReadonlySet<string> = new Set();
  #running: Running | undefined;

  constructor(deps: PluginManagerDeps) {
    this.#deps = deps;
    this.#lost = new Map(deps.lost.map((each) => [each.name, each]));
  }

  /** From here on it has something to manage. */
  attach(service: Service, { made, disabled, board, state, phase }: Cradle): void {
    this.#made = made;
    this.#disabled = new Set(disabled);
    this.#running = { service, board, state, phase };
    for (const name of disabled) this.#tellHealth(name);
  }

  list(): readonly PluginView[] {
    const lost = [...this.#lost.values()].map(({ name, failure }): PluginView => ({
      ...{ name, version: '', provides: [], isolation: 'none' },
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
      if (reload || enabled === isDisabled) this.#requireReplaceable(own, caller);
      if (reload) await this.#reload(own, running);
      if (enabled === isDisabled) await this.#turnTo(own, enabled, running);
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

  #view({ name, version, provides, choice }: LoadedPlugin): PluginView {
    const { isolation = 'none' } =
      (choice === undefined ? undefined : this.#deps.reloader.choice(choice)) ?? {};
    const about = { name, version, provides, isolation };
    if (this.#disabled.has(name)) return { ...about, state: 'disabled', reason: DISABLED };
    const { state, reason } = this.#deps.faults.of(name);
    if (state !== 'ok') return { ...about, state: 'degraded', ...(reason === undefined ? {} : { reason }) };
    const isUsed = this.#made.some(({ plugin }) => plugin === name) || this.#single(name) !== undefined;
    return { ...about, state: isUsed ? 'running' : 'idle' };
  }

  /** An adapter of a plugin that is the only one of its port. */
  #single(plugin: string): { readonly port: PortName; readonly name: string } | undefined {
    const { config, host } = this.#deps;
    const ports = PORT_NAMES.filter((port) => !isLivePort(port));
    const chosen = ports.map((port) => ({ port, name: config.get(optionOf(port)) as string }));
    return chosen.find(({ port, name }) => host.adapters.pluginOf(port, name) === plugin);
  }

  #requireReplaceable(plugin: string, { transport, provider }: PluginCaller): void {
    const feature = `taking the plugin ${plugin} out of use while the service runs`;
    const single = this.#single(plugin);
    if (single !== undefined)
      throw unsupported(
        feature,
        `it provides ${single.port}/${single.name}, and the service cannot run without a ${single.port}; select another adapter in ${optionOf(single.port)}, then restart the service`,
      );
    const own = this.#made.filter((each) => each.plugin === plugin);
    const isAsked = own.some(
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

  async #turnTo(plugin: string, enabled: boolean, { state, service }: Running): Promise<void> {
    await writeDisabled(state, plugin, !enabled);
    this.#disabled = enabled
      ? new Set([...this.#disabled].filter((each) => each !== plugin))
      : new Set([...this.#disabled, plugin]);
    if (enabled) await this.#admit(await this.#make(plugin), service);
    else await this.#dismiss(plugin, service);
    this.#tellHealth(plugin);
    this.#deps.log.info(enabled ? 'a plugin has been enabled' : 'a plugin has been disabled', { plugin });
  }

  /** What was right before a failure is so again after it. */
  async #reload(plugin: string, { service }: Running): Promise<void> {
    const { host, maker, reloader, settle, signal, log } = this.#deps;
    const before = host.fork();
    const choice = reloader.choice(before.loaded.find(({ name }) => name === plugin)?.choice ?? plugin);
    if (choice === undefined)
      throw unsupported(
        `reloading the plugin ${plugin}`,
        'it comes with the service; install another version of the service, then restart it',
      );
    try {
      const trial = host.fork(plugin);
      const clean = await reloader.load(choice, trial, signal);
      const own = requireSameName(plugin, choice.name, trial);
      const config = settle(trial.adapters);
      host.take(trial);
      const made = await maker.trying(config, () => this.#makeEach(own));
      await this.#dismiss(plugin, service);
      this.#lost.delete(choice.name);
      await this.#admit(made, service);
      await clean();
      log.info('a plugin has been reloaded', { plugin: own });
    } catch (cause) {
      if (!isPortError(cause) && !(cause instanceof ConfigError)) throw cause;
      host.take(before);
      throw dependencyFailed(`plugin ${plugin}`, cause.message);
    }
  }

  /** Those that cannot be made are held against the plugin, as at the start of the service. */
  async #make(plugin: string): Promise<readonly MadeAdapter[]> {
    const made: MadeAdapter[] = [];
    for (const { port, name } of this.#chosenOf(plugin))
      try {
        made.push(await this.#deps.maker.another(port, name));
      } catch (cause) {
        this.#deps.faults.raise(plugin, `${port}/${name}`, cause);
      }
    return made;
  }

  async #makeEach(plugin: string): Promise<readonly MadeAdapter[]> {
    if (this.#disabled.has(plugin)) return [];
    const made: MadeAdapter[] = [];
    for (const { port, name } of this.#chosenOf(plugin))
      made.push(await this.#deps.maker.another(port, name));
    return made;
  }

  #chosenOf(plugin: string): readonly { readonly port: LivePort; readonly name: string }[] {
    const { host, maker } = this.#deps;
    return LIVE_PORTS.flatMap((port) =>
      maker
        .chosen(port)
        .filter((name) => host.adapters.pluginOf(port, name) === plugin)
        .map((name) => ({ port, name })),
    );
  }

  async #admit(made: readonly MadeAdapter[], service: Service): Promise<void> {
    for (const each of made)
      try {
        await service.admit(each, this.#placeOf(each), this.#deps.signal);
        this.#made = [...this.#made, each];
      } catch (cause) {
        this.#deps.faults.raise(each.plugin, `${each.port}/${each.name}`, cause);
      }
  }

  /** Among those of its port that are in use, in the order of the configuration. */
  #placeOf({ port, name }: MadeAdapter): number {
    const chosen = this.#deps.maker.chosen(port);
    const isBefore = (other: string): boolean => chosen.indexOf(other) < chosen.indexOf(name);
    return this.#made.filter((each) => each.port === port && isBefore(each.name)).length;
  }

  async #dismiss(plugin: string, service: Service): Promise<void> {
    for (const each of this.#made.filter((one) => one.plugin === plugin).reverse()) {
      this.#made = this.#made.filter((one) => one !== each);
      await service.dismiss(each);
    }
    this.#deps.faults.forget(plugin);
  }

  #tellHealth(plugin: string): void {
    const isDisabled = this.#disabled.has(plugin);
    const { state, reason } = this.#deps.faults.of(plugin);
    this.#running?.board.set(`plugin:${plugin}`, state, { reason: isDisabled ? DISABLED : reason });
  }
}

/** Other things go by the name of a plugin, such as whether it is disabled. */
function requireSameName(plugin: string, choice: string, { loaded }: PluginHost): string {
  const own = loaded.find((each) => each.choice === choice)?.name ?? plugin;
  if (own === plugin || plugin === choice) return own;
  throw new ConfigError([
    `plugins.load: ${choice}: its name has changed from ${plugin} to ${own}; restart the service`,
  ]);
}
