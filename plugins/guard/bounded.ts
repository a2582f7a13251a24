import type { Clock } from '../../ports/index.js';

/** A call that did not end although its signal has aborted. */
export class DeafError extends Error {
  constructor(graceMs: number) {
    super(`did not end within ${String(graceMs)} ms after it was told to`);
    this.name = 'DeafError';
  }
}

/**
 * Waits for `work`, and for no longer than `graceMs` after the signal has aborted. What comes later is nobody's.
 * @throws DeafError, or what `work` rejects with.
 */
export function bounded<T>(
  clock: Clock,
  work: Promise<T>,
  { graceMs, signal }: { readonly graceMs: number; readonly signal: AbortSignal },
): Promise<T> {
  return new Promise((resolve, reject) => {
    let cancel = (): void => undefined;
    const onAbort = (): void => {
      cancel = clock.after(graceMs, () => {
        reject(new DeafError(graceMs));
      });
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', onAbort);
      cancel();
    });
  });
}
