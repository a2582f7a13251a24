import type { HttpListener, StateStore } from '../ports/index.js';
import type { AdapterContext, PortMap, PortName } from '../plugins/api/index.js';
import { optionOf } from '../plugins/host/adapter-registry.js';
import type { PluginHost } from '../plugins/host/plugin-host.js';
import type { Config } from './load.js';

type BaseContext = Pick<AdapterContext, 'directories' | 'log' | 'clock'>;

/** Makes the adapters that configuration chose, each with its own section. */
export class AdapterMaker {
  readonly #host: PluginHost;
  readonly #config: Config;
  readonly #base: BaseContext;
  #shared: Pick<AdapterContext, 'state' | 'listeners'> | undefined;

  constructor(host: PluginHost, config: Config, base: BaseContext) {
    this.#host = host;
    this.#config = config;
    this.#base = base;
  }

  /** What adapters made from here on may share. */
  share(state: StateStore, listeners: { readonly api: HttpListener; readonly health: HttpListener }): void {
    this.#shared = { state, listeners };
  }

  /** The one adapter that is chosen for a port. @throws as `AdapterRegistry.create`. */
  async one<P extends PortName>(port: P): Promise<PortMap[P]> {
    return await this.#make(port, this.#config.get(optionOf(port)) as string);
  }

  /** The adapters that are chosen for a port, in the order of the configuration. @throws as `AdapterRegistry.create`. */
  async all<P extends PortName>(port: P): Promise<PortMap[P][]> {
    const made: PortMap[P][] = [];
    for (const name of this.#config.get(optionOf(port)) as string[]) made.push(await this.#make(port, name));
    return made;
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

  async #make<P extends PortName>(port: P, name: string): Promise<PortMap[P]> {
    const [section] = this.#host.adapters.sectionsOf(port, name);
    return await this.#host.adapters.create(port, name, this.#context(`${port}/${name}`, section?.name));
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
