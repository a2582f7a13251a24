import type { CancelTimer, Clock } from '../../ports/clock.js';

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
  #cancel: CancelTimer = () => undefined;

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

  /** Lets go of the timer; deadlines that are still watched do not come any more. */
  close(): void {
    this.#cancel();
    this.#watched.clear();
    this.#firesAt = Infinity;
  }

  /** When all deadlines are taken back the timer stays: when it fires it finds nothing to do. */
  #arm(at: number): void {
    this.#cancel();
    this.#firesAt = at;
    this.#cancel = this.#clock.after(Math.max(0, at - this.#clock.monotonicMs()), () => {
      this.#fire();
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
