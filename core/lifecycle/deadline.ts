import type { Clock } from '../../ports/index.js';

/**
 * Runs `task` with a signal that aborts after `durationMs` or with one of `parents`, whichever comes first.
 * The task must heed the signal; what it throws is thrown on.
 */
export async function withDeadline<T>(
  clock: Clock,
  durationMs: number,
  task: (signal: AbortSignal) => Promise<T>,
  ...parents: readonly AbortSignal[]
): Promise<T> {
  const timer = new AbortController();
  const cancel = clock.after(durationMs, () => {
    timer.abort(new DeadlineError(durationMs));
  });
  try {
    return await task(AbortSignal.any([timer.signal, ...parents]));
  } finally {
    cancel();
  }
}

/** The reason of a signal that aborted because time was up. */
export class DeadlineError extends Error {
  constructor(readonly durationMs: number) {
    super(`not done within ${String(durationMs)} ms`);
    this.name = 'DeadlineError';
  }
}
