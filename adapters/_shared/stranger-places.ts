/**
 * Places held by those who have not shown that they are anybody. They are bounded altogether and for each address, and a newcomer is
 * never turned away by them: whoever has held a place longest without using it makes room. So nobody can keep others out by silence.
 */
export class StrangerPlaces<T> {
  readonly #limits: { readonly total: number; readonly perAddress: number };
  readonly #dismiss: (one: T) => void;
  /** In the order in which they came. */
  readonly #addressOf = new Map<T, string | undefined>();
  readonly #byAddress = new Map<string, Set<T>>();

  /** @param dismiss ends one; called when it has left its place already. */
  constructor(limits: { readonly total: number; readonly perAddress: number }, dismiss: (one: T) => void) {
    this.#limits = limits;
    this.#dismiss = dismiss;
  }

  get size(): number {
    return this.#addressOf.size;
  }

  /** @param address undefined for one whose address is shared by many, such as a proxy's: it counts towards the total only. */
  enter(one: T, address: string | undefined): void {
    this.leave(one);
    const neighbours = address === undefined ? undefined : this.#byAddress.get(address);
    if (neighbours !== undefined && neighbours.size >= this.#limits.perAddress)
      this.#dismissFirst(neighbours);
    else if (this.#addressOf.size >= this.#limits.total) this.dismissOldest();
    this.#addressOf.set(one, address);
    if (address === undefined) return;
    const known = this.#byAddress.get(address);
    if (known === undefined) this.#byAddress.set(address, new Set([one]));
    else known.add(one);
  }

  leave(one: T): void {
    const address = this.#addressOf.get(one);
    if (!this.#addressOf.delete(one) || address === undefined) return;
    const neighbours = this.#byAddress.get(address);
    neighbours?.delete(one);
    if (neighbours?.size === 0) this.#byAddress.delete(address);
  }

  /** @returns false when there is nobody who could go. */
  dismissOldest(): boolean {
    return this.#dismissFirst(this.#addressOf.keys());
  }

  #dismissFirst(candidates: Iterable<T>): boolean {
    for (const one of candidates) {
      this.leave(one);
      this.#dismiss(one);
      return true;
    }
    return false;
  }
}
