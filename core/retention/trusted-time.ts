import type { Clock } from '../../ports/index.js';
import { DAY_MS } from './policy.js';

/** A clock that is set forward by more than this makes recordings look older than they are. */
const STEP_MS = 3_600_000;

/** The time by which recordings grow old. A clock that was set far forward is not believed for a day: it may be wrong. */
export class TrustedTime {
  readonly #clock: Clock;
  #offsetMs: number | undefined;
  #doubtedUntilMs = -Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @returns milliseconds since 1970; `undefined` while the clock is not believed. */
  now(): number | undefined {
    const [wallMs, monotonicMs] = [this.#clock.now(), this.#clock.monotonicMs()];
    const offsetMs = wallMs - monotonicMs;
    if (offsetMs - (this.#offsetMs ?? offsetMs) > STEP_MS) this.#doubtedUntilMs = monotonicMs + DAY_MS;
    this.#offsetMs = offsetMs;
    return monotonicMs < this.#doubtedUntilMs ? undefined : wallMs;
  }
}
