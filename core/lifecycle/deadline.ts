import type { Clock } from '../../ports/index.js';
import { follow } from './follow.js';

/**
 * Runs `task` with a signal that aborts after `durationMs` or with the one given here, whichever comes first.
 * The task must heed the signal; what it throws is thrown on.
 */
export async function withDeadline<T>(
  clock: Clock,
  durationMs: number,
  task: (signal: AbortSignal) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const either = new AbortController();
  const cancel = clock.after(durationMs, () => {
    either.abort(new DeadlineError(durationMs));
  });
  const unfollow = follow(signal, either);
  try {
    return await task(either.signal);
  } finally {
    cancel();
    unfollow();
  }
}

/** The reason of a signal that aborted because time was up. */
export class DeadlineError extends Error {
  constructor(readonly durationMs: number) {
    super(`not completed within ${String(durationMs)} ms`);
    this.name = 'DeadlineError';
  }
}
