import type { CancelTimer, Clock } from '../../ports/clock.js';

/** A link of the chain of deadlines that are watched. */
interface Watched {
  /** On the monotonic clock. */
  readonly at: number;
  readonly late: () => void;
  before: Watched | undefined;
  after: Watched | undefined;
}

/**
 * Deadlines of many short calls on one timer: nearly all of them are over long before it fires. They are a chain and not a Set:
 * a Set through which thousands pass each second outgrows its tables, and the old tables keep what they held from being collected
 * cheaply.
 */
export class Deadlines {
  readonly #clock: Clock;
  #newest: Watched | undefined;
  #firesAt = Infinity;
  #cancel: CancelTimer = () => undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `late` once after `durationMs`. @returns a function that takes it back, and may be called again. */
  watch(durationMs: number, late: () => void): () => void {
    const before = this.#newest;
    const watched: Watched = { at: this.#clock.monotonicMs() + durationMs, late, before, after: undefined };
    if (before !== undefined) before.after = watched;
    this.#newest = watched;
    if (watched.at < this.#firesAt) this.#arm(watched.at);
    return () => {
      this.#remove(watched);
    };
  }

  /** Lets go of the timer; deadlines that are still watched do not come any more. */
  close(): void {
    this.#cancel();
    this.#newest = undefined;
    this.#firesAt = Infinity;
  }

  /** A link that is out already stays out. */
  #remove(watched: Watched): void {
    const { before, after } = watched;
    if (before !== undefined) before.after = after;
    if (after !== undefined) after.before = before;
    else if (this.#newest === watched) this.#newest = before;
    watched.before = undefined;
    watched.after = undefined;
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
    const late: Watched[] = [];
    for (let watched = this.#newest; watched !== undefined; watched = watched.before) {
      if (watched.at > now) next = Math.min(next, watched.at);
      else late.push(watched);
    }
    for (const watched of late.sort((one, other) => one.at - other.at)) {
      this.#remove(watched);
      watched.late();
    }
    if (next < Infinity) this.#arm(next);
  }
}
