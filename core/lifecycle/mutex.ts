/** Lets one task after the other through, in the order in which they came. */
export class Mutex {
  #tail: Promise<unknown> = Promise.resolve();
  #held = 0;

  /** True while somebody holds it or waits for it. */
  get busy(): boolean {
    return this.#held > 0;
  }

  async run<T>(task: () => Promise<T>): Promise<T> {
    this.#held += 1;
    const turn = this.#tail.then(task, task);
    this.#tail = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      this.#held -= 1;
    }
  }
}
