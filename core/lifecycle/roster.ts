type Leave = () => void | Promise<void>;

/** The adapters of a port that has any number of them. They come and go while the service runs. */
export class Roster<T> {
  #all: readonly T[];
  readonly #followers = new Map<(one: T) => Leave, Map<T, Leave>>();

  constructor(all: readonly T[] = []) {
    this.#all = all;
  }

  /** Those that are there now, in their order. Never changes: what comes and goes makes another one. */
  get all(): readonly T[] {
    return this.#all;
  }

  /** @param index its place among the others. */
  add(one: T, index = this.#all.length): void {
    this.#all = this.#all.toSpliced(index, 0, one);
    for (const [joined, leaves] of this.#followers) leaves.set(one, joined(one));
  }

  /** Resolves when nobody uses it any more. Does nothing when it is not there. */
  async remove(one: T): Promise<void> {
    if (!this.#all.includes(one)) return;
    this.#all = this.#all.filter((each) => each !== one);
    const leaves = [...this.#followers.values()].map((of) => {
      const leave = of.get(one);
      of.delete(one);
      return leave;
    });
    await Promise.all(leaves.map(async (leave) => await leave?.()));
  }

  /**
   * Calls `joined` for each that is there and each that comes.
   * @param joined returns what is to be done when that one leaves.
   * @returns a function that ends this, without any leaving.
   */
  follow(joined: (one: T) => Leave): () => void {
    const leaves = new Map<T, Leave>();
    this.#followers.set(joined, leaves);
    for (const one of this.#all) leaves.set(one, joined(one));
    return () => {
      this.#followers.delete(joined);
    };
  }
}
