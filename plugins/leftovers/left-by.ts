import { AsyncLocalStorage } from 'node:async_hooks';
import type { Frame } from './frames.js';
import { afterGrace } from './leftovers.js';
import { OpenBook } from './open-book.js';
import { tapProcess } from './taps.js';

/**
 * For tests: runs something that should leave nothing open, such as an adapter's start and stop.
 * @returns what it opened and has not closed a second after its end, itself or in what it called back: a text for each kind, such as
 * `1 timer (/plugin/dist/index.js:10:3)`.
 * @throws what `work` throws.
 */
export async function leftOpenBy(work: () => Promise<unknown>): Promise<readonly string[]> {
  const book = new OpenBook<object>();
  const inside = new AsyncLocalStorage<true>();
  const untap = tapProcess((frames) =>
    inside.getStore() === undefined ? undefined : (resource) => book.add(inside, resource, placeOf(frames)),
  );
  try {
    await inside.run(true, work);
    return await afterGrace(() => book.left([inside]));
  } finally {
    untap();
    inside.disable();
  }
}

function placeOf(frames: readonly Frame[]): string {
  const frame = frames.find(({ file }) => file !== '' && !file.startsWith('node:'));
  return frame === undefined ? 'a library' : `${frame.file}:${String(frame.line)}:${String(frame.column)}`;
}
