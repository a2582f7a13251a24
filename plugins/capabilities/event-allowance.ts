import type { Clock } from '../../ports/index.js';

export const MOST_A_SECOND = 200;
/** That long nothing must have been refused before it counts as over. */
const CALM_MS = 10_000;

/** How many events one plugin may publish: so many each second, and twice as many at once. */
export class EventAllowance {
  readonly #clock: Clock;
  #tokens = 2 * MOST_A_SECOND;
  #filledAt: number;
  #refusedAt = -Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#filledAt = clock.monotonicMs();
  }

  take(): boolean {
    const now = this.#clock.monotonicMs();
    const gained = ((now - this.#filledAt) * MOST_A_SECOND) / 1_000;
    this.#tokens = Math.min(2 * MOST_A_SECOND, this.#tokens + gained);
    this.#filledAt = now;
    if (this.#tokens < 1) {
      this.#refusedAt = now;
      return false;
    }
    this.#tokens -= 1;
    return true;
  }

  /** Nothing was refused for a while. */
  get isCalm(): boolean {
    return this.#clock.monotonicMs() - this.#refusedAt > CALM_MS;
  }
}
