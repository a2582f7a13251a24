import type { Clock } from '../../ports/clock.js';

interface Watched {
  /** On the monotonic clock. */
  readonly at: number;
  readonly late: () => void;
}

/** Deadlines of many short calls on one timer: nearly all of them are over long before it fires. */
export class Deadlines {
  readonly #clock: Clock;
  readonly #watched = new Set<Watched>();
  #firesAt = Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `late` once after `durationMs`. @returns a function that takes it back. */
  watch(durationMs: number, late: () => void): () => void {
    const watched = { at: this.#clock.monotonicMs() + durationMs, late };
    this.#watched.add(watched);
    if (watched.at < this.#firesAt) this.#arm(watched.at);
    return () => {
      this.#watched.delete(watched);
    };
  }

  /** A timer for a later time than this stays as it is: when it fires it finds nothing to do. */
  #arm(at: number): void {
    this.#firesAt = at;
    this.#clock.after(Math.max(0, at - this.#clock.monotonicMs()), () => {
      if (this.#firesAt === at) this.#fire();
    });
  }

  #fire(): void {
    this.#firesAt = Infinity;
    const now = this.#clock.monotonicMs();
    let next = Infinity;
    for (const watched of this.#watched) {
      if (watched.at > now) next = Math.min(next, watched.at);
      else {
        this.#watched.delete(watched);
        watched.late();
      }
    }
    if (next < Infinity) this.#arm(next);
  }
}
