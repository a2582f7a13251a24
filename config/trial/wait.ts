import { setTimeout as pause } from 'node:timers/promises';
import { isPortError } from '../../ports/index.js';
import { Failed, NotApplicable, words } from './row.js';

/** The time after which the service gives up on an adapter that was told to end is 1 s; a busy machine gets more. */
export const END_WITHIN_MS = 5_000;
/** The longest that the service waits for a start. */
export const START_WITHIN_MS = 10_000;

export type Settled =
  | { readonly state: 'resolved'; readonly value: unknown }
  | { readonly state: 'rejected'; readonly cause: unknown };

/** @throws Failed when it takes longer, as `what did not end within …`. */
export async function settled(work: () => unknown, what: string, withinMs: number): Promise<Settled> {
  const done = new AbortController();
  const late = pause(withinMs, undefined, { signal: done.signal }).then(
    () => 'late' as const,
    () => 'late' as const,
  );
  const outcome = Promise.resolve()
    .then(work)
    .then(
      (value): Settled => ({ state: 'resolved', value }),
      (cause: unknown): Settled => ({ state: 'rejected', cause }),
    );
  const first = await Promise.race([outcome, late]);
  done.abort();
  if (first === 'late') throw new Failed(`${what} did not end within ${String(withinMs / 1000)} s`);
  return first;
}

/** What a call may end with when its signal has aborted, or its device is not there. @throws Failed for another error. */
export function requireKnown(outcome: Settled, what: string, reason?: unknown): void {
  if (outcome.state === 'resolved') return;
  const { cause } = outcome;
  if (isPortError(cause) || (reason !== undefined && cause === reason)) return;
  throw new Failed(`${what} threw ${words(cause)}; it must throw a PortError, or the reason of its signal`);
}

/** @throws Failed when it does not end or rejects. */
export async function mustResolve(work: () => unknown, what: string, withinMs: number): Promise<unknown> {
  const outcome = await settled(work, what, withinMs);
  if (outcome.state === 'resolved') return outcome.value;
  throw new Failed(`${what} rejected with ${words(outcome.cause)}`);
}

/** A start that nothing keeps from succeeding. @throws NotApplicable where it is refused with a code: nothing can be tried then. */
export async function mustStart(start: () => unknown): Promise<void> {
  const outcome = await settled(start, 'start', START_WITHIN_MS);
  if (outcome.state === 'resolved') return;
  if (isPortError(outcome.cause))
    throw new NotApplicable(`it does not start here: ${words(outcome.cause)}; set its options with --set`);
  throw new Failed(`start threw ${words(outcome.cause)}; it must throw a PortError`);
}
