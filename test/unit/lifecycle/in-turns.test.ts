import { expect } from 'chai';
import fc from 'fast-check';
import { atOnce, each, inTurns, sorted } from '../../../core/lifecycle/in-turns.js';

describe('work in turns', () => {
  it('sorts as the array itself does, stable and whatever the order was', () => {
    const item = fc.tuple(fc.integer({ min: 0, max: 50 }), fc.integer());
    const items = fc.array(item, { maxLength: 3_000, size: 'max' });
    fc.assert(
      fc.property(items, fc.boolean(), (given, isSorted) => {
        const compare = ([a]: readonly number[], [b]: readonly number[]): number => (a ?? 0) - (b ?? 0);
        const all = isSorted ? given.toSorted(compare) : given;
        expect(atOnce(sorted(all, compare))).to.deep.equal(all.toSorted(compare));
      }),
      { numRuns: 30 },
    );
  });

  it('lets others have their turn again and again, and leaves nothing out', async () => {
    let turns = 0;
    const seen: number[] = [];
    const numbers = Array.from({ length: 2_600 }, (_, number) => number);
    const steps = each(numbers, (number) => void seen.push(number));
    await inTurns(steps, () => Promise.resolve(void (turns += 1)));
    expect(seen).to.deep.equal(numbers);
    expect(turns).to.equal(5);
    turns = 0;
    await inTurns(
      sorted(numbers.toReversed(), (a, b) => a - b),
      () => Promise.resolve(void (turns += 1)),
    );
    expect(turns).to.be.above(8);
  });
});
