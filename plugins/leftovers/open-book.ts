import type { Resource } from './taps.js';

interface Entry extends Resource {
  readonly place: string;
}

/** More of one owner than this, and those that are closed are struck out. */
const PRUNE_AT = 128;
/** Places that are told of one kind. */
const MAX_PLACES = 3;

/** What each owner has opened and not closed. */
export class OpenBook<Owner> {
  readonly #entries = new Map<Owner, Entry[]>();
  readonly #pruneAt = new Map<Owner, number>();

  /** @param place where in the owner's code it was opened. */
  add(owner: Owner, resource: Resource, place: string): void {
    const entries = this.#entries.get(owner) ?? [];
    this.#entries.set(owner, entries);
    entries.push({ ...resource, place });
    if (entries.length > (this.#pruneAt.get(owner) ?? PRUNE_AT)) this.#prune(owner);
  }

  /** What is open now. @returns a text for each kind, such as `2 timers (dist/index.js:10:3)`, the most numerous first. */
  left(owners: readonly Owner[]): readonly string[] {
    const kinds = new Map<string, Entry[]>();
    for (const entry of owners.flatMap((owner) => this.#prune(owner)))
      kinds.set(entry.kind, [...(kinds.get(entry.kind) ?? []), entry]);
    return [...kinds]
      .sort(([, one], [, other]) => other.length - one.length)
      .map(([kind, entries]) => `${counted(entries.length, kind)} (${placesOf(entries)})`);
  }

  #prune(owner: Owner): readonly Entry[] {
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

function placesOf(entries: readonly Entry[]): string {
  const places = [...new Set(entries.map(({ place }) => place))];
  const more = places.length - MAX_PLACES;
  return [...places.slice(0, MAX_PLACES), ...(more > 0 ? [`${String(more)} more`] : [])].join(', ');
}
