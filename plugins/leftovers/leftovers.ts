/** What plugins have left open in this process. */
import { setTimeout as pause } from 'node:timers/promises';
import { OpenBook } from './open-book.js';
import { Owners, type Owner, type OwnersOptions } from './owners.js';
import { tapProcess } from './taps.js';

/** What ends by itself once it was told to, such as a process, may take that long. */
const GRACE_MS = 1_000;

/** The code of a plugin that is about to run. */
export interface WatchedPlugin extends Owner {
  /** As the configuration names it. */
  readonly name: string;
}

export class Leftovers {
  readonly #owners: Owners;
  readonly #book = new OpenBook<Owner>();
  /** By name, each time that its code was loaded. */
  readonly #loaded = new Map<string, Owner[]>();
  #untap: (() => void) | undefined;

  constructor(options: OwnersOptions) {
    this.#owners = new Owners(options);
  }

  /** From here on what this code opens is written down. To be called before it runs. */
  watch(plugin: WatchedPlugin): void {
    this.#loaded.set(plugin.name, [...(this.#loaded.get(plugin.name) ?? []), plugin]);
    this.#owners.add(plugin);
    this.#untap ??= tapProcess((frames) => {
      const opener = this.#owners.openerOf(frames);
      if (opener === undefined) return undefined;
      return (resource) => this.#book.add(opener.owner, resource, opener.place);
    });
  }

  /** Names of all plugins that are watched. */
  get plugins(): readonly string[] {
    return [...this.#loaded.keys()];
  }

  /**
   * To be called when everything of the plugin has stopped. Waits up to a second while something is open.
   * @param options.butNewest true when the code that was loaded last is running.
   * @returns what is open, a text for each kind, such as `2 timers (dist/index.js:10:3)`.
   */
  async left(plugin: string, { butNewest = false } = {}): Promise<readonly string[]> {
    const owners = (this.#loaded.get(plugin) ?? []).slice(0, butNewest ? -1 : undefined);
    return await afterGrace(() => this.#book.left(owners));
  }

  close(): void {
    this.#untap?.();
    this.#untap = undefined;
  }
}

/** @param look returns what is open now. */
export async function afterGrace(look: () => readonly string[]): Promise<readonly string[]> {
  if (look().length > 0) await pause(GRACE_MS);
  return look();
}
