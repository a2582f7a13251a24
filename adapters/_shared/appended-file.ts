/** What adapters that append to one file have in common: the wait at their end, and the words for what the disk refuses. */
import { PortError } from '../../ports/port-error.js';
import { errnoOf, isDiskFull } from './errno.js';
import { remedyFor } from './file-remedy.js';

/** @returns a promise that resolves when the signal aborts, and what ends the wait for it. */
export function untilAborted(signal: AbortSignal): {
  readonly over: Promise<void>;
  readonly forget: () => void;
} {
  let forget = (): void => undefined;
  const over = new Promise<void>((resolve) => {
    const onAbort = (): void => resolve();
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    forget = () => signal.removeEventListener('abort', onAbort);
  });
  return { over, forget };
}

/** @param what what cannot be done with the file. @param key the option that says where the file is. */
export function storageFailure(
  cause: unknown,
  { what, file, key }: { readonly what: string; readonly file: string; readonly key: string },
): PortError {
  const errno = errnoOf(cause);
  const remedy = remedyFor(errno, file, key);
  return new PortError(isDiskFull(cause) ? 'STORAGE_FULL' : 'STORAGE_FAILED', {
    message: `${what} (${errno})${remedy === undefined ? '' : `: ${remedy}`}`,
    retryable: true,
    cause,
    detail: { errno },
  });
}
