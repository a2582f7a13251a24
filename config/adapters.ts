import { PortError, type HttpListener, type StateStore } from '../ports/index.js';
import type { AdapterContext, PortMap, PortName } from '../plugins/api/index.js';
import { withDeadline } from '../core/lifecycle/deadline.js';
import { bounded, DeafError } from '../plugins/guard/bounded.js';
import type { FaultBook } from '../plugins/guard/fault-book.js';
import { guardAdapter, requireAdapter } from '../plugins/guard/guard-adapter.js';
import { ShapeError } from '../plugins/guard/shapes.js';
import { optionOf, unknownAdapter } from '../plugins/host/adapter-registry.js';
import type { LoadedPlugin, PluginHost } from '../plugins/host/plugin-host.js';
import { isRequired, type LostPlugin } from './plugins.js';
import type { LivePort, MadeAdapter } from './live-ports.js';
import type { Config } from './load.js';

/** The configuration, and which plugins it has to do without. */
type MakerConfig = Config & { readonly lost?: readonly LostPlugin[] };

type BaseContext = Pick<AdapterContext, 'directories' | 'log' | 'clock'>;

/** Makes the adapters that configuration chose, each with its own section. */
export class AdapterMaker {
  readonly #host: PluginHost;
  #config: MakerConfig;
  readonly #base: BaseContext;
  readonly #faults: FaultBook;
  #isDisabled: (plugin: string) => boolean = () => false;
  #shared: Pick<AdapterContext, 'state' | 'listeners'> | undefined;

  constructor(
    host: PluginHost,
    config: MakerConfig,
    { faults, ...base }: BaseContext & { readonly faults: FaultBook },
  ) {
    this.#host = host;
    this.#config = config;
    this.#base = base;
    this.#faults = faults;
  }

  /** What adapters made from here on may share. */
  share(state: StateStore, listeners: { readonly api: HttpListener; readonly health: HttpListener }): void {
    this.#shared = { state, listeners };
  }

  /** The one adapter that is chosen for a port. @throws as `AdapterRegistry.create`. */
  async one<P extends PortName>(port: P): Promise<PortMap[P]> {
    return await this.#make(port, this.#config.get(optionOf(port)) as string);
  }

  /**
   * The adapters that are chosen for a port, in the order of the configuration, without those that a plugin cannot make and that are
   * not required.
   * @throws as `AdapterRegistry.create`.
   */
  async all<P extends LivePort>(port: P): Promise<readonly MadeAdapter<P>[]> {
    const made: MadeAdapter<P>[] = [];
    for (const name of this.chosen(port)) {
      const plugin = this.#host.adapters.pluginOf(port, name) ?? '';
      if (this.#isDisabled(plugin)) continue;
      const adapter = await this.#makeOrDoWithout(port, name);
      if (adapter === undefined) continue;
      if (made.some((each) => nameOf(each.adapter) === nameOf(adapter))) this.#nameIsTaken(port, name);
      else made.push({ port, name, plugin, adapter });
    }
    return made;
  }

  /** Makes one more. @throws as `AdapterRegistry.create`. */
  async another<P extends LivePort>(port: P, name: string): Promise<MadeAdapter<P>> {
    const plugin = this.#host.adapters.pluginOf(port, name) ?? '';
    return { port, name, plugin, adapter: await this.#make(port, name) };
  }

  /** Makes adapters by another configuration from here on, unless `work` fails. @throws what `work` throws. */
  async trying<T>(config: Config, work: () => Promise<T>): Promise<T> {
    const before = this.#config;
    this.#config = config;
    try {
      return await work();
    } catch (cause) {
      this.#config = before;
      throw cause;
    }
  }

  /** The names that configuration chooses for a port, in their order. */
  chosen(port: LivePort): readonly string[] {
    return this.#config.get(optionOf(port)) as readonly string[];
  }

  /** Makes nothing of plugins for which this is true. */
  without(isDisabled: (plugin: string) => boolean): void {
    this.#isDisabled = isDisabled;
  }

  /** The same without those of which only a manifest is known, for commands that run no code of plugins. */
  async known<P extends PortName>(port: P): Promise<PortMap[P][]> {
    const names = this.#config.get(optionOf(port)) as string[];
    const made: PortMap[P][] = [];
    for (const name of names)
      if (this.#host.adapters.available(port).includes(name) && !this.#host.adapters.isDeclared(port, name))
        made.push(await this.#make(port, name));
    return made;
  }

  /** A listener on the address of a section (`server`, `health`), if the chosen adapter has such sections. */
  async listener(section: 'server' | 'health'): Promise<HttpListener> {
    const name = this.#config.get(optionOf('HttpListener')) as string;
    const sections = this.#host.adapters.sectionsOf('HttpListener', name).map((each) => each.name);
    const own = sections.includes(section) ? section : sections[0];
    return await this.#host.adapters.create('HttpListener', name, this.#context(`HttpListener/${name}`, own));
  }

  /** Adapters of a port are told apart by their names. @throws PortError `OPTION_INVALID` when it is required. */
  #nameIsTaken(port: PortName, name: string): void {
    const provider = this.#host.providerOf(port, name);
    const rule = 'has the same name as another adapter of its port';
    if (provider === undefined || this.#isRequired(provider))
      throw new PortError('OPTION_INVALID', {
        message: `${port}/${name} ${rule}`,
        detail: { option: optionOf(port), rule },
      });
    this.#faults.raise(provider.name, `${port}/${name}`, rule);
  }

  async #makeOrDoWithout<P extends PortName>(port: P, name: string): Promise<PortMap[P] | undefined> {
    const provider = this.#host.providerOf(port, name);
    if (provider === undefined) {
      if (!this.#config.lost?.length) throw unknownAdapter(port, name, this.#host.adapters.available(port));
      this.#base.log.warn('an adapter is chosen that nobody provides; a plugin that may have it has failed', {
        adapter: `${port}/${name}`,
      });
      return undefined;
    }
    try {
      return await this.#make(port, name);
    } catch (cause) {
      if (this.#isRequired(provider)) throw cause;
      this.#faults.raise(provider.name, `${port}/${name}`, cause);
      return undefined;
    }
  }

  async #make<P extends PortName>(port: P, name: string): Promise<PortMap[P]> {
    const [section] = this.#host.adapters.sectionsOf(port, name);
    const adapter = `${port}/${name}`;
    const limitMs = this.#config.get('plugins.setup_timeout_ms') as number;
    const { clock } = this.#base;
    const made = await withDeadline(clock, limitMs, (signal) =>
      bounded(clock, this.#host.adapters.create(port, name, this.#context(adapter, section?.name)), {
        graceMs: 0,
        signal,
      }),
    ).catch((cause: unknown) => {
      if (!(cause instanceof DeafError)) throw cause;
      throw new ShapeError(`was not made within ${String(limitMs)} ms`);
    });
    requireAdapter(port, made);
    const provider = this.#host.providerOf(port, name);
    const as = {
      plugin: provider?.name ?? '',
      name,
      isRequired: provider === undefined || this.#isRequired(provider),
    };
    return guardAdapter(port, made, { as, deps: { clock, faults: this.#faults } });
  }

  /** What comes with the service is required: without it something that was configured would be missing silently. */
  #isRequired({ name, choice }: LoadedPlugin): boolean {
    return choice === undefined || isRequired(this.#config, [name, choice]);
  }

  /** @param section where the options are; an adapter without options has none. */
  #context(adapter: string, section: string | undefined): AdapterContext {
    const shared = this.#shared;
    const early = (what: string): never => {
      throw new TypeError(`${adapter} uses ${what}, which is created after it`);
    };
    return {
      ...this.#base,
      log: this.#base.log.child({ component: adapter }),
      config: section === undefined ? {} : this.#config.section(section),
      keyOf: (option) => this.#config.keyOf(section ?? adapter, option),
      get state() {
        return shared?.state ?? early('the state store');
      },
      get listeners() {
        return shared?.listeners ?? early('the listeners');
      },
    };
  }
}

function nameOf(adapter: object): unknown {
  return (adapter as { readonly name?: unknown }).name;
}
