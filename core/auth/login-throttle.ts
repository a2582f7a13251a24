import type { Clock } from '../../ports/clock.js';
import { BoundedMap } from './bounded-map.js';

export interface LoginThrottleOptions {
  /** Failures in a row that cost nothing: people mistype. */
  readonly freeFailures?: number;
  /** The first pause; each further failure doubles it. */
  readonly firstPauseMs?: number;
  readonly longestPauseMs?: number;
  /** How many addresses are remembered. */
  readonly addresses?: number;
}

interface Failures {
  count: number;
  /** On the monotonic clock. */
  until: number;
}

/** Makes guessing credentials slow: after some failures an address has to wait, longer each time. */
export class LoginThrottle {
  readonly #clock: Clock;
  readonly #free: number;
  readonly #firstPauseMs: number;
  readonly #longestPauseMs: number;
  readonly #failures: BoundedMap<Failures>;

  constructor(clock: Clock, options: LoginThrottleOptions = {}) {
    this.#clock = clock;
    this.#free = options.freeFailures ?? 5;
    this.#firstPauseMs = options.firstPauseMs ?? 1000;
    this.#longestPauseMs = options.longestPauseMs ?? 60_000;
    this.#failures = new BoundedMap(options.addresses ?? 10_000);
  }

  /** Milliseconds until the address may try again; 0 when it may now. */
  waitMs(address: string): number {
    const known = this.#failures.get(address);
    return known === undefined ? 0 : Math.max(0, known.until - this.#clock.monotonicMs());
  }

  failed(address: string): void {
    const known = this.#failures.get(address) ?? { count: 0, until: 0 };
    known.count += 1;
    const beyond = known.count - this.#free;
    if (beyond > 0) {
      const pause = Math.min(this.#longestPauseMs, this.#firstPauseMs * 2 ** Math.min(beyond - 1, 30));
      known.until = this.#clock.monotonicMs() + pause;
    }
    this.#failures.set(address, known);
  }

  succeeded(address: string): void {
    this.#failures.delete(address);
  }
}
