import { expect } from 'chai';
import { leftOpenBy } from '../../plugins/leftovers/left-by.js';
import { before } from './outcome.js';

/** What is still open a second after the end of the work was left there. */
const GRACE_MS = 1_500;

/**
 * Fails when the work leaves something open, with kinds, numbers and places.
 * @param work calls the adapter, and nothing of the world around it. @param withinMs bound of the work.
 */
export async function leavesNothing(work: () => Promise<unknown>, withinMs: number): Promise<void> {
  const left = await before(leftOpenBy(work), 2 * withinMs + GRACE_MS);
  expect(left, 'left open').to.deep.equal([]);
}
