import { AsyncLocalStorage } from 'node:async_hooks';
import type { Frame } from './frames.js';
import { afterGrace } from './leftovers.js';
import { OpenBook } from './open-book.js';
import { tapProcess } from './taps.js';

const NOBODY = '';

/**
 * For tests: runs something that should leave nothing open, such as an adapter's start and stop.
 * @returns what it opened and has not closed a second after its end, itself or in what it called back: a text for each kind, such as
 * `1 timer (/plugin/dist/index.js:10:3)`.
 * @throws what `work` throws.
 */
export async function leftOpenBy(work: () => Promise<unknown>): Promise<readonly string[]> {
  const book = new OpenBook();
  const inside = new AsyncLocalStorage<true>();
  const untap = tapProcess((frames) =>
    inside.getStore() === undefined
      ? undefined
      : (resource) => book.add(NOBODY, resource, frames.find(isCode) ?? NOWHERE),
  );
  try {
    await inside.run(true, work);
    return await afterGrace(() => book.left(NOBODY));
  } finally {
    untap();
    inside.disable();
  }
}

const NOWHERE: Frame = { file: 'unknown', line: 0, column: 0 };

function isCode({ file }: Frame): boolean {
  return file !== '' && !file.startsWith('node:');
}
