import type { PluginHost } from '../plugins/host/plugin-host.js';
import type { FaultBook } from '../plugins/guard/fault-book.js';
import type { AdapterMaker } from './adapters.js';
import { LIVE_PORTS, type LivePort, type MadeAdapter } from './live-ports.js';
import type { PluginCapabilities } from './plugin-capabilities.js';
import type { Service } from './service.js';

export interface PluginPartsDeps {
  readonly host: PluginHost;
  readonly maker: AdapterMaker;
  readonly faults: FaultBook;
  readonly signal: AbortSignal;
  readonly service: Service;
  readonly capabilities: PluginCapabilities;
  /** What is in use already. */
  readonly made: readonly MadeAdapter[];
}

/** What the running service has of each plugin: the adapters of live ports, and capabilities. */
export class PluginParts {
  readonly #deps: PluginPartsDeps;
  #made: readonly MadeAdapter[];

  constructor(deps: PluginPartsDeps) {
    this.#deps = deps;
    this.#made = deps.made;
  }

  adaptersOf(plugin: string): readonly MadeAdapter[] {
    return this.#made.filter((each) => each.plugin === plugin);
  }

  isUsed(plugin: string): boolean {
    return this.adaptersOf(plugin).length > 0 || this.#deps.capabilities.has(plugin);
  }

  /** Makes what the configuration chooses of a plugin. @throws what the first that cannot be made throws. */
  async make(plugin: string): Promise<readonly MadeAdapter[]> {
    const made: MadeAdapter[] = [];
    for (const { port, name } of this.#chosenOf(plugin))
      made.push(await this.#deps.maker.another(port, name));
    return made;
  }

  /** The same; one that cannot be made is held against the plugin, as at the start of the service. */
  async makeWhatCanBe(plugin: string): Promise<readonly MadeAdapter[]> {
    const made: MadeAdapter[] = [];
    for (const { port, name } of this.#chosenOf(plugin))
      await this.#holdAgainst(plugin, `${port}/${name}`, async () => {
        made.push(await this.#deps.maker.another(port, name));
      });
    return made;
  }

  /** Takes a plugin into use. What does not work of it is held against it. */
  async admit(plugin: string, made: readonly MadeAdapter[]): Promise<void> {
    const { capabilities, service, signal } = this.#deps;
    await this.#holdAgainst(plugin, '', () => {
      capabilities.install(plugin);
    });
    for (const each of made)
      await this.#holdAgainst(plugin, `${each.port}/${each.name}`, async () => {
        await service.admit(each, this.#placeOf(each), signal);
        this.#made = [...this.#made, each];
      });
  }

  /** Takes a plugin out of use. Nothing that it has done counts any more. */
  async dismiss(plugin: string): Promise<void> {
    this.#deps.capabilities.remove(plugin);
    for (const each of this.adaptersOf(plugin).toReversed()) {
      this.#made = this.#made.filter((one) => one !== each);
      await this.#deps.service.dismiss(each);
    }
    this.#deps.faults.forget(plugin);
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

  /** Among those of its port that are in use, in the order of the configuration. */
  #placeOf({ port, name }: MadeAdapter): number {
    const chosen = this.#deps.maker.chosen(port);
    const isBefore = (other: string): boolean => chosen.indexOf(other) < chosen.indexOf(name);
    return this.#made.filter((each) => each.port === port && isBefore(each.name)).length;
  }

  async #holdAgainst(plugin: string, subject: string, work: () => void | Promise<void>): Promise<void> {
    try {
      await work();
    } catch (cause) {
      this.#deps.faults.raise(plugin, subject, cause);
    }
  }
}
