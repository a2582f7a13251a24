import type { StreamOptions } from './stream-options.js';

/** When pictures last came, on a clock that does not jump. */
export class SignsOfLife {
  readonly #options: Pick<StreamOptions, 'startTimeoutMs' | 'stallTimeoutMs'>;
  readonly #began: number;
  #movedAt: number;
  #lastFrameAt = 0;

  constructor(options: Pick<StreamOptions, 'startTimeoutMs' | 'stallTimeoutMs'>, began: number) {
    this.#options = options;
    this.#began = began;
    this.#movedAt = began;
  }

  get hasBegun(): boolean {
    return this.#lastFrameAt !== 0;
  }

  /** Takes in when the newest picture came, by the wall clock. @returns why the capture counts as frozen, if it does. */
  silence(lastFrameAt: number, now: number): string | undefined {
    if (lastFrameAt !== this.#lastFrameAt) {
      this.#lastFrameAt = lastFrameAt;
      this.#movedAt = now;
    }
    if (!this.hasBegun) {
      const limit = this.#options.startTimeoutMs;
      return now - this.#began > limit ? `no frame within ${String(limit)} ms` : undefined;
    }
    const silent = Math.round(now - this.#movedAt);
    return silent > this.#options.stallTimeoutMs ? `no new frame for ${String(silent)} ms` : undefined;
  }
}
