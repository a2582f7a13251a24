/**
 * Counts the bytes between the caller and the destination: what makes `flush` exact and the memory of a burst bounded.
 */
export class LineGate {
  #accepted = 0;
  #arrived = 0;
  #dropped = 0;
  readonly #maxPendingBytes: number;
  #waiting: { readonly until: number; readonly resolve: () => void }[] = [];

  constructor(maxPendingBytes: number) {
    this.#maxPendingBytes = maxPendingBytes;
  }

  /** @returns false when the destination is so far behind that the line must be dropped. */
  accept(bytes: number): boolean {
    if (this.#accepted - this.#arrived + bytes > this.#maxPendingBytes) {
      this.#dropped++;
      return false;
    }
    this.#accepted += bytes;
    return true;
  }

  /** Bytes that reached the destination, or that it lost for good. */
  arrived(bytes: number): void {
    this.#arrived += bytes;
    if (this.#waiting.length === 0) return;
    const done = this.#waiting.filter(({ until }) => until <= this.#arrived);
    this.#waiting = this.#waiting.filter(({ until }) => until > this.#arrived);
    for (const { resolve } of done) resolve();
  }

  /** How many lines were dropped since the last call, once there is room again to say so. */
  takeDropped(): number {
    if (this.#dropped === 0 || (this.#accepted - this.#arrived) * 2 > this.#maxPendingBytes) return 0;
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }

  flush(): Promise<void> {
    const until = this.#accepted;
    if (until <= this.#arrived) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ until, resolve }));
  }
}
