/**
 * Aborts `follower` when `signal` does. `AbortSignal.any` would do the same, but what it leaves behind on a signal that lives as
 * long as the service adds up over days.
 * @returns a function that ends it; call it when the follower is no longer needed.
 */
export function follow(signal: AbortSignal | undefined, follower: AbortController): () => void {
  if (!signal) return () => undefined;
  const onAbort = (): void => {
    follower.abort(signal.reason);
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  return () => {
    signal.removeEventListener('abort', onAbort);
  };
}
