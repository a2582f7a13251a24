import type { Clock } from '../../ports/clock.js';
import { BoundedMap } from '../auth/bounded-map.js';
import { rateLimited } from '../errors/service-error.js';

export interface RateLimitOptions {
  /** Calls per minute on the average; 0 means no limit. */
  readonly perMinute: number;
  /** Calls that may come at once. */
  readonly burst: number;
  /** How many callers are remembered. */
  readonly callers?: number;
}

interface Bucket {
  tokens: number;
  filledAt: number;
}

/** A token bucket per caller. */
export class RateLimit {
  readonly #clock: Clock;
  readonly #burst: number;
  readonly #perMs: number;
  readonly #buckets: BoundedMap<Bucket>;

  constructor(clock: Clock, options: RateLimitOptions) {
    this.#clock = clock;
    this.#burst = Math.max(1, options.burst);
    this.#perMs = options.perMinute / 60_000;
    this.#buckets = new BoundedMap(options.callers ?? 10_000);
  }

  /** @throws ServiceError `RATE_LIMITED` when the caller has used up what it may. */
  take(caller: string): void {
    if (this.#perMs === 0) return;
    const now = this.#clock.monotonicMs();
    const bucket = this.#buckets.get(caller);
    if (bucket === undefined) {
      this.#buckets.set(caller, { tokens: this.#burst - 1, filledAt: now });
      return;
    }
    bucket.tokens = Math.min(this.#burst, bucket.tokens + (now - bucket.filledAt) * this.#perMs);
    bucket.filledAt = now;
    if (bucket.tokens < 1) throw rateLimited((1 - bucket.tokens) / this.#perMs);
    bucket.tokens -= 1;
  }
}
