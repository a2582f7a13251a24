import { expect } from 'chai';
import { expectLinear, expectLinearText } from '../../worlds/growth.js';

const refused = async (work: Promise<void>): Promise<boolean> =>
  work.then(
    () => false,
    () => true,
  );

/** Touches every pair of characters. */
function pairs(text: string): number {
  let equal = 0;
  for (let i = 0; i < text.length; i++)
    for (let j = 0; j < i; j++) if (text.charCodeAt(i) === text.charCodeAt(j)) equal++;
  return equal;
}

describe('the measure of growth', function () {
  this.timeout(120_000);
  const make = (size: number): string => 'x'.repeat(size);

  it('lets linear work pass, and n log n', async () => {
    await expectLinear({ make, largest: 1_000_000, run: (text) => [...text].length });
    await expectLinear({ make, largest: 200_000, run: (text) => [...text].sort((a, b) => (a < b ? -1 : 1)) });
  });

  it('notices quadratic work, in a loop and in an expression', async () => {
    expect(await refused(expectLinear({ make, largest: 8_192, run: pairs }))).to.equal(true);
    const expression = /([?&][^=&#]*(?:token|key)[^=&#]*=)/gi;
    const redact = (text: string): string => text.replace(expression, '');
    expect(await refused(expectLinearText(redact, { largest: 2_048, pumps: ['?key'] }))).to.equal(true);
  });
});
