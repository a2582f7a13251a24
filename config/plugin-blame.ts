import type { FaultBook } from '../plugins/guard/fault-book.js';
import type { LoadedPlugin } from '../plugins/host/plugin-host.js';
import { culpritOf, type Suspect } from './culprit.js';

/** One of several plugins, or a library that they use: the error does not show which. */
const UNKNOWN_PLUGIN = 'unknown';

/** Holds errors that nobody caught against the plugin that they come from, from the moment its code is first run. */
export class PluginBlame {
  readonly #suspects: Suspect[] = [];
  readonly #early: { readonly culprit: Suspect | 'unknown'; readonly cause: unknown }[] = [];
  #tell: ((culprit: Suspect | 'unknown', cause: unknown) => void) | undefined;

  /** The code of a plugin is about to run. */
  suspect(plugin: Suspect): void {
    // All editions of a plugin that is loaded again lie in one folder.
    const isKnown = this.#suspects.some((each) => each.name === plugin.name && each.folder === plugin.folder);
    if (!isKnown || plugin.folder === undefined) this.#suspects.push(plugin);
  }

  /** Where faults are told from here on, and those that came before. */
  tellTo(faults: FaultBook, loaded: readonly LoadedPlugin[]): void {
    this.#tell = (culprit, cause) => {
      const plugin =
        culprit === 'unknown'
          ? undefined
          : (loaded.find(({ module }) => module === culprit.module) ??
            loaded.find(({ choice }) => choice === culprit.name));
      const name = culprit === 'unknown' ? UNKNOWN_PLUGIN : (plugin?.name ?? culprit.name);
      faults.raise(name, 'left an error uncaught:', cause);
    };
    for (const { culprit, cause } of this.#early.splice(0)) this.#tell(culprit, cause);
  }

  /** @returns whether the error is a plugin's. */
  takes(cause: unknown): boolean {
    const culprit = culpritOf(cause, this.#suspects);
    if (culprit === 'service') return false;
    if (this.#tell === undefined) this.#early.push({ culprit, cause });
    else this.#tell(culprit, cause);
    return true;
  }
}
