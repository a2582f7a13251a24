/** Places of those who have not shown that they are anybody. */
import { addressGroup } from '../../ports/address-group.js';

export interface PlaceLimits {
  readonly total: number;
  readonly perAddress: number;
}

/**
 * Places are bounded altogether and for each address, and a newcomer is never turned away by them: whoever has held a place longest
 * without using it makes room. So nobody can keep others out by silence. Those whose credential is being looked at go last, as long as
 * they do not hold more than half of the places: a crowd with credentials that are worth nothing must not keep out the others either.
 */
export class StrangerPlaces<T> {
  readonly #all: Ranks<T>;
  readonly #perAddress: number;
  readonly #dismiss: (one: T) => void;
  readonly #groupOf = new Map<T, string | undefined>();
  readonly #byGroup = new Map<string, Ranks<T>>();

  /** @param dismiss ends one; called when it has left its place already. */
  constructor(limits: PlaceLimits, dismiss: (one: T) => void) {
    this.#all = new Ranks(limits.total);
    this.#perAddress = limits.perAddress;
    this.#dismiss = dismiss;
  }

  get size(): number {
    return this.#groupOf.size;
  }

  /**
   * @param address undefined for one whose address is shared by many, such as a proxy's: it counts towards the total only. Addresses of
   * one IPv6 network of 64 bits count as one.
   */
  enter(one: T, address: string | undefined, isJudged = false): void {
    this.leave(one);
    const group = address === undefined ? undefined : addressGroup(address);
    const neighbours = group === undefined ? undefined : this.#byGroup.get(group);
    if (neighbours?.isFull === true) this.#dismissOne(neighbours);
    else if (this.#all.isFull) this.dismissOldest();
    this.#groupOf.set(one, group);
    for (const ranks of this.#ranksOf(group)) ranks.add(one, isJudged);
  }

  /** Its credential is being looked at, or not any more. */
  judged(one: T, isJudged: boolean): void {
    if (!this.#groupOf.has(one)) return;
    for (const ranks of this.#ranksOf(this.#groupOf.get(one))) ranks.add(one, isJudged);
  }

  leave(one: T): void {
    const group = this.#groupOf.get(one);
    if (!this.#groupOf.delete(one)) return;
    for (const ranks of this.#ranksOf(group)) ranks.delete(one);
    if (group !== undefined && this.#byGroup.get(group)?.size === 0) this.#byGroup.delete(group);
  }

  /** @returns false when there is nobody who could go. */
  dismissOldest(): boolean {
    return this.#dismissOne(this.#all);
  }

  #dismissOne(ranks: Ranks<T>): boolean {
    const one = ranks.next();
    if (one === undefined) return false;
    this.leave(one);
    this.#dismiss(one);
    return true;
  }

  #ranksOf(group: string | undefined): readonly Ranks<T>[] {
    if (group === undefined) return [this.#all];
    let ranks = this.#byGroup.get(group);
    if (ranks === undefined) this.#byGroup.set(group, (ranks = new Ranks(this.#perAddress)));
    return [this.#all, ranks];
  }
}

/** Who holds a number of places, each in the order in which they came to their rank. */
class Ranks<T> {
  readonly #places: number;
  readonly #silent = new Set<T>();
  readonly #judged = new Set<T>();

  constructor(places: number) {
    this.#places = places;
  }

  get size(): number {
    return this.#silent.size + this.#judged.size;
  }

  get isFull(): boolean {
    return this.size >= this.#places;
  }

  add(one: T, isJudged: boolean): void {
    this.delete(one);
    (isJudged ? this.#judged : this.#silent).add(one);
  }

  delete(one: T): void {
    this.#silent.delete(one);
    this.#judged.delete(one);
  }

  /** The one who goes first. */
  next(): T | undefined {
    const isCrowd = this.#silent.size === 0 || this.#judged.size > this.#places / 2;
    const [first] = isCrowd ? this.#judged : this.#silent;
    return first;
  }
}
