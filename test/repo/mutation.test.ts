import { existsSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { ACCEPTED } from '../mutation/accepted.js';

/** `npm run mutate` looks whether a mutant still needs an entry; this looks whether the code that it speaks of is still there. */
describe('the list of mutants that contract suites need not notice', () => {
  for (const file of new Set(ACCEPTED.map((entry) => entry.file)))
    it(`speaks of code that is in ${file}`, () => {
      expect(existsSync(file), file).to.equal(true);
      const lines = readFileSync(file, 'utf8').split('\n');
      const stale = ACCEPTED.filter((entry) => entry.file === file).filter(
        ({ at }) => !lines.some((line) => line.includes(at)),
      );
      expect(stale.map(({ at }) => at)).to.deep.equal([]);
    });

  it('has a reason and a place once for each entry', () => {
    for (const { at, why } of ACCEPTED) expect([at.trim(), why.trim()]).not.to.include('');
    const places = ACCEPTED.map(({ file, at, only = [] }) => `${file}: ${at} ${only.join()}`);
    expect(new Set(places).size).to.equal(places.length);
  });
});
