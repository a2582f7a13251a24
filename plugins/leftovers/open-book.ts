import type { Frame } from './frames.js';
import type { Resource } from './taps.js';

interface Entry extends Resource {
  readonly place: Frame;
}

/** More of one owner than this, and those that are closed are struck out. */
const PRUNE_AT = 128;
/** Places that are told of one kind. */
const MAX_PLACES = 3;

/** What each owner has opened and not closed. */
export class OpenBook {
  readonly #entries = new Map<string, Entry[]>();
  readonly #pruneAt = new Map<string, number>();

  /** @param place where in the owner's code it was opened. */
  add(owner: string, resource: Resource, place: Frame): void {
    const entries = this.#entries.get(owner) ?? [];
    this.#entries.set(owner, entries);
    entries.push({ ...resource, place });
    if (entries.length > (this.#pruneAt.get(owner) ?? PRUNE_AT)) this.#prune(owner);
  }

  get owners(): readonly string[] {
    return [...this.#entries.keys()];
  }

  /**
   * What is open now.
   * @param folder places are told from here on.
   * @returns a text for each kind, such as `2 timers (dist/index.js:10:3)`, the most numerous first.
   */
  left(owner: string, folder = ''): readonly string[] {
    const kinds = new Map<string, Entry[]>();
    for (const entry of this.#prune(owner)) kinds.set(entry.kind, [...(kinds.get(entry.kind) ?? []), entry]);
    return [...kinds]
      .sort(([, one], [, other]) => other.length - one.length)
      .map(([kind, entries]) => `${counted(entries.length, kind)} (${placesOf(entries, folder)})`);
  }

  #prune(owner: string): readonly Entry[] {
    const open = (this.#entries.get(owner) ?? []).filter(({ isOpen }) => isOpen());
    if (open.length === 0) this.#entries.delete(owner);
    else this.#entries.set(owner, open);
    // What is really open is not looked at again at each new one.
    this.#pruneAt.set(owner, Math.max(PRUNE_AT, open.length * 2));
    return open;
  }
}

function counted(count: number, kind: string): string {
  const plural = /(?:s|sh|ch)$/.test(kind) ? `${kind}es` : `${kind}s`;
  return `${String(count)} ${count === 1 ? kind : plural}`;
}

function placesOf(entries: readonly Entry[], folder: string): string {
  const places = new Set(entries.map(({ place }) => placeOf(place, folder)));
  const told = [...places].slice(0, MAX_PLACES);
  const more = places.size - told.length;
  return [...told, ...(more > 0 ? [`${String(more)} more places`] : [])].join(', ');
}

function placeOf({ file, line, column }: Frame, folder: string): string {
  const path = folder !== '' && file.startsWith(`${folder}/`) ? file.slice(folder.length + 1) : file;
  return `${path}:${String(line)}:${String(column)}`;
}
