import { setTimeout as pause } from 'node:timers/promises';

const PAUSE_MS = 10;

/** Asks again and again until the answer is yes. @throws Error naming what was waited for. */
export async function until(
  what: string,
  isTrue: () => boolean | Promise<boolean>,
  withinMs: number,
): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await isTrue())) {
    if (performance.now() > end) throw new Error(`not within ${withinMs} ms: ${what}`);
    await pause(PAUSE_MS);
  }
}
