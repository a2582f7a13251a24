/** Time stamps of 33 bits as a time that does not begin again every 26.5 hours. */

export const TICKS_PER_SECOND = 90_000;
const WRAP = 2 ** 33;

export class MediaClock {
  #latest: number | undefined;

  /** @param ticks of 33 bits. @returns ticks on one timeline: those that are nearest to the ones before. */
  unroll(ticks: number): number {
    if (this.#latest === undefined) return (this.#latest = ticks);
    const rounds = Math.round((this.#latest - ticks) / WRAP);
    return (this.#latest = ticks + rounds * WRAP);
  }

  /** The latest time there was, in seconds. */
  get seconds(): number | undefined {
    return this.#latest === undefined ? undefined : this.#latest / TICKS_PER_SECOND;
  }
}
