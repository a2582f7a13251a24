import { LEFT_OPEN, type FaultBook } from '../plugins/guard/fault-book.js';
import type { PluginHost } from '../plugins/host/plugin-host.js';
import { Leftovers } from '../plugins/leftovers/leftovers.js';
import { INSTALLATION } from './installation.js';
import type { PluginPackage } from './plugin-package.js';

export interface PluginLeftoversDeps {
  readonly faults: FaultBook;
  readonly host: Pick<PluginHost, 'loaded'>;
}

/** Holds against plugins of this process what they have left open. */
export class PluginLeftovers {
  readonly #leftovers = new Leftovers({ installation: INSTALLATION });
  #deps: PluginLeftoversDeps | undefined;

  /** The code of a plugin is about to run. */
  watch(found: PluginPackage): void {
    this.#leftovers.watch(found);
  }

  tellTo(deps: PluginLeftoversDeps): void {
    this.#deps = deps;
  }

  /** @param options.butNewest true when the code that was loaded last is running; only what was loaded before it has stopped. */
  async tell(plugin: string, options: { readonly butNewest?: boolean } = {}): Promise<void> {
    const { faults, host } = this.#deps ?? {};
    const choice = host?.loaded.find(({ name }) => name === plugin)?.choice ?? plugin;
    const left = await this.#leftovers.left(choice, options);
    if (left.length > 0) faults?.raise(plugin, LEFT_OPEN, left.join(', '));
  }

  /** To be called when the service has stopped. */
  async tellAll(): Promise<void> {
    const loaded = this.#deps?.host.loaded ?? [];
    const names = this.#leftovers.plugins.map(
      (each) => loaded.find(({ choice }) => choice === each)?.name ?? each,
    );
    await Promise.all(names.map((name) => this.tell(name)));
  }
}
