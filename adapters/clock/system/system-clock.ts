/** The Clock of the machine. */
import type { Clock } from '../../../ports/clock.js';

/** Longer waits overflow the runtime's timer and would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** Longer waits are given a millisecond more, so that a timer that fires early does not wake the process twice. */
const EXACT_MS = 100;

export function createSystemClock(): Clock {
  return {
    now: () => Date.now(),
    monotonicMs: () => performance.now(),
    sleep,
    after,
  };
}

function after(durationMs: number, callback: () => void): () => void {
  return start(durationMs, callback, false);
}

function start(durationMs: number, callback: () => void, keepsProcess: boolean): () => void {
  const due = performance.now() + checked(durationMs);
  let timer: NodeJS.Timeout;
  const arm = (leftMs: number): void => {
    timer = setTimeout(
      () => {
        const left = due - performance.now();
        // The runtime's timer may fire early; a wait never ends before its time.
        if (left > 0) arm(left);
        else callback();
      },
      Math.min(Math.ceil(leftMs) + (leftMs > EXACT_MS ? 1 : 0), LONGEST_TIMER_MS),
    );
    if (!keepsProcess) timer.unref();
  };
  arm(durationMs);
  return () => clearTimeout(timer);
}

function sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const duration = checked(durationMs);
    if (signal?.aborted) return void reject(signal.reason as Error);
    const onAbort = (): void => {
      cancel();
      reject(signal?.reason as Error);
    };
    // Unlike `after`, somebody awaits a sleep: the process stays alive for it.
    const finish = (): void => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    };
    const cancel = start(duration, finish, true);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

function checked(durationMs: number): number {
  if (!(durationMs >= 0) || durationMs === Infinity)
    throw new TypeError(`a duration is 0 or more milliseconds, not ${durationMs}`);
  return durationMs;
}
