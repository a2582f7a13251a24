/** Options at their bounds, and what is left when an adapter has ended. */
import { setTimeout as pause } from 'node:timers/promises';
import { isPortError } from '../../ports/index.js';
import type { Bench } from './bench.js';
import { start, withLife } from './life-trials.js';
import { Failed, NotApplicable } from './row.js';
import { boundsOf } from './samples.js';
import type { Trial } from './trial.js';
import { END_WITHIN_MS, mustResolve, mustStart } from './wait.js';
import { never } from './world.js';

const POLL_MS = 50;

export const MADE: Trial = {
  what: 'is made with its options',
  run: async (bench) => void (await bench.make()),
};

/** One for each option: with the others as they are, it is made or refuses with a code. */
export function optionTrials(bench: Bench): readonly Trial[] {
  return Object.entries(bench.schema?.properties ?? {}).map(([name, schema]) => ({
    what: `option ${name} at its bounds`,
    run: async (fresh) => {
      const values = boundsOf(schema);
      if (values.length === 0) throw new NotApplicable('its schema says nothing of bounds');
      for (const value of values)
        try {
          await fresh.makeWith({ ...fresh.options(), [name]: value });
        } catch (cause) {
          if (isPortError(cause)) continue;
          const shown = JSON.stringify(value)?.slice(0, 40) ?? 'nothing';
          if (cause instanceof Failed) throw new Failed(`with ${shown}: ${cause.message}`);
          throw cause;
        }
    },
  }));
}

/** What Node waits for before it ends: open handles, timers, requests under way. */
export const LEFTOVERS: Trial = {
  what: 'leaves nothing open after stop',
  run: async (bench) => {
    const before = process.getActiveResourcesInfo();
    const adapter = await withLife(bench);
    await mustStart(() => start(adapter, never()));
    await mustResolve(() => adapter.stop?.(never()), 'stop', END_WITHIN_MS);
    const open = await untilNone(() => added(before, process.getActiveResourcesInfo()));
    if (open.length > 0) throw new Failed(`these are still open: ${open.join(', ')}`);
  },
};

async function untilNone(look: () => readonly string[]): Promise<readonly string[]> {
  for (let waitedMs = 0; look().length > 0 && waitedMs < END_WITHIN_MS; waitedMs += POLL_MS)
    // A timer that keeps nothing alive is none of those that are looked for.
    await pause(POLL_MS, undefined, { ref: false });
  return look();
}

/** What there is more of than there was, such as `2 × TCPSocketWrap`. */
export function added(before: readonly string[], now: readonly string[]): readonly string[] {
  const count = (list: readonly string[], name: string): number =>
    list.filter((each) => each === name).length;
  return [...new Set(now)].flatMap((name) => {
    const more = count(now, name) - count(before, name);
    return more > 0 ? [`${String(more)} × ${name}`] : [];
  });
}
