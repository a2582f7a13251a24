/** What plugins have left open in this process. */
import { setTimeout as pause } from 'node:timers/promises';
import { OpenBook } from './open-book.js';
import { Owners, type Owner } from './owners.js';
import { tapProcess } from './taps.js';

/** What ends by itself once it was told to, such as a process, may take that long. */
export const GRACE_MS = 1_000;

export class Leftovers {
  readonly #owners: Owners;
  readonly #book = new OpenBook();
  #untap: (() => void) | undefined;

  /** @param installation the folder of this package, with a slash at its end. */
  constructor(installation: string) {
    this.#owners = new Owners(installation);
  }

  /** From here on what the plugin opens is written down. To be called before its code runs. */
  watch(plugin: Owner): void {
    this.#owners.add(plugin);
    this.#untap ??= tapProcess((frames) => {
      const opener = this.#owners.openerOf(frames);
      if (opener === undefined) return undefined;
      return (resource) => this.#book.add(opener.name, resource, opener.place);
    });
  }

  /** The plugins that have opened anything. */
  get plugins(): readonly string[] {
    return this.#book.owners;
  }

  /**
   * To be called when everything of the plugin has stopped. Waits up to `GRACE_MS` when something is open.
   * @returns what is open, a text for each kind, such as `2 timers (dist/index.js:10:3)`.
   */
  async left(plugin: string): Promise<readonly string[]> {
    return await afterGrace(() => this.#book.left(plugin, this.#owners.folderOf(plugin)));
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
