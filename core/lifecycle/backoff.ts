export interface BackoffOptions {
  readonly firstMs: number;
  readonly maxMs: number;
  /** A run at least this long counts as healthy: the next failure starts from `firstMs` again. */
  readonly healthyAfterMs: number;
}

/** Growing pauses between tries of the same thing: doubles up to a limit, forgets after a healthy run. */
export class Backoff {
  readonly #options: BackoffOptions;
  #failures = 0;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  /** @returns the pause before the next try, in milliseconds. @param ranForMs how long the try that ended had run. */
  next(ranForMs: number): number {
    if (ranForMs >= this.#options.healthyAfterMs) this.#failures = 0;
    const pause = Math.min(this.#options.maxMs, this.#options.firstMs * 2 ** this.#failures);
    this.#failures += 1;
    return pause;
  }

  reset(): void {
    this.#failures = 0;
  }
}
