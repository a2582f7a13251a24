/** The source of time for the core. It is injected, so that tests can control time. */
export interface Clock {
  /** Wall-clock time in milliseconds since 1970-01-01T00:00:00Z. May jump when the system clock is set. */
  now(): number;
  /** Milliseconds on a clock that never jumps or goes back; only differences are meaningful. */
  monotonicMs(): number;
  /**
   * Waits for a time.
   * @param durationMs milliseconds, 0 or more.
   * @param signal ends the wait early: the promise rejects with the signal's reason, immediately if the signal is already aborted.
   * @throws TypeError for a duration that is negative, infinite or not a number; the promise rejects with it.
   */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
  /**
   * Calls `callback` once after `durationMs`. The timer never keeps the process alive by itself.
   * @returns a function that cancels the timer; calling it late or twice does nothing.
   * @throws TypeError for a duration that is negative, infinite or not a number.
   */
  after(durationMs: number, callback: () => void): CancelTimer;
}

export type CancelTimer = () => void;
