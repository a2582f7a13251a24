import type { Clock } from '../../ports/index.js';
import { follow } from './follow.js';
import type { Pulse } from './pulse.js';

/** Resolves when the pulse fires, when the time is over or when the signal aborts, whichever comes first. Leaves no timer behind. */
export async function pause(
  clock: Clock,
  limit: { readonly ms: number; readonly pulse: Pulse },
  signal: AbortSignal,
): Promise<void> {
  const over = new AbortController();
  const unfollow = follow(signal, over);
  try {
    await Promise.race([clock.sleep(limit.ms, over.signal), limit.pulse.wait(over.signal)]);
  } catch (cause) {
    if (!signal.aborted) throw cause;
  } finally {
    unfollow();
    over.abort();
  }
}
