/** A Clock that stands still until it is told to move: for tests and simulations. */
import type { Clock } from '../../../ports/clock.js';

export interface ManualClock extends Clock {
  /**
   * Moves time forward. Timers and sleeps that become due run in the order of their due times (equal ones in the order
   * they were set), each with the clock at its own due time, and what they set in turn runs too when it is due. Between
   * two of them, and at the end, pending promise callbacks get to run.
   */
  advance(durationMs: number): Promise<void>;
  /** Sets the wall clock, as an operator or NTP would; the monotonic clock and all timers are untouched. */
  setWallClock(now: number): void;
  /** How many timers and sleeps wait. */
  readonly pending: number;
}

interface Timer {
  readonly dueMs: number;
  readonly order: number;
  readonly run: () => void;
}

/** Turns of the event loop given to promise callbacks after each timer: long promise chains end within one turn. */
const SETTLE_TURNS = 3;

/** @param startAt the wall-clock time to begin with, in milliseconds since 1970. */
export function createManualClock(startAt = Date.UTC(2026, 0, 1)): ManualClock {
  const timers = new Set<Timer>();
  let elapsedMs = 0;
  let wallOffset = startAt;
  let order = 0;

  const after = (durationMs: number, run: () => void): (() => void) => {
    if (!(durationMs >= 0) || durationMs === Infinity)
      throw new TypeError(`a duration is 0 or more milliseconds, not ${durationMs}`);
    const timer = { dueMs: elapsedMs + durationMs, order: order++, run };
    timers.add(timer);
    return () => void timers.delete(timer);
  };

  const advance = async (durationMs: number): Promise<void> => {
    const until = elapsedMs + durationMs;
    await settle();
    for (let next = earliest(timers, until); next !== undefined; next = earliest(timers, until)) {
      timers.delete(next);
      elapsedMs = Math.max(elapsedMs, next.dueMs);
      next.run();
      await settle();
    }
    elapsedMs = Math.max(elapsedMs, until);
  };

  return {
    now: () => wallOffset + elapsedMs,
    monotonicMs: () => elapsedMs,
    after,
    sleep: (durationMs, signal) => sleepOn(after, durationMs, signal),
    advance,
    setWallClock: (now) => void (wallOffset = now - elapsedMs),
    get pending() {
      return timers.size;
    },
  };
}

function sleepOn(after: Clock['after'], durationMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return void reject(signal.reason as Error);
    const onAbort = (): void => {
      cancel();
      reject(signal?.reason as Error);
    };
    const cancel = after(durationMs, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

function earliest(timers: ReadonlySet<Timer>, until: number): Timer | undefined {
  let first: Timer | undefined;
  for (const timer of timers) {
    if (timer.dueMs > until) continue;
    if (
      first === undefined ||
      timer.dueMs < first.dueMs ||
      (timer.dueMs === first.dueMs && timer.order < first.order)
    )
      first = timer;
  }
  return first;
}

/** `setImmediate` is not among the timers that tests fake, and all promise callbacks run before it. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < SETTLE_TURNS; turn++) await new Promise((resolve) => setImmediate(resolve));
}
