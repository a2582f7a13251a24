import { expect } from 'chai';
import fc from 'fast-check';
import { describeFile } from '../../../core/files/file-note.js';
import type { Gap } from '../../../core/files/gap.js';
import { gapsOf, planClip, type ClipSource } from '../../../core/library/clip-plan.js';

function source(
  name: string,
  [startedAt, endsAt]: readonly [number, number],
  gaps: readonly Gap[] = [],
): ClipSource {
  const stored = { kind: 'recordings', filename: name, sizeBytes: 1, modifiedAt: 0, createdAt: 0 } as const;
  return { file: describeFile(stored, { camera: 'camera0', startedAt, gaps }), endsAt };
}

describe('the plan of a clip', () => {
  const plan = (sources: readonly ClipSource[], from: number, to: number): string[] =>
    planClip(sources, { from, to }).map(
      ({ file, span }) => `${file.filename} ${String(span.from)}-${String(span.to)}`,
    );

  it('takes of each file what is within the period', () => {
    const files = [source('b', [20_000, 30_000]), source('a', [0, 10_000]), source('c', [40_000, 50_000])];
    expect(plan(files, 5_000, 25_000)).to.deep.equal(['a 5000-10000', 'b 20000-25000']);
    expect(plan(files, 10_000, 20_000)).to.deep.equal([]);
  });

  it('takes what is in two files once, but counts a little jitter as no overlap', () => {
    const twice = [source('a', [0, 20_000]), source('b', [5_000, 30_000])];
    expect(plan(twice, 0, 40_000)).to.deep.equal(['a 0-20000', 'b 20000-30000']);
    const jitter = [source('a', [0, 10_400]), source('b', [10_000, 20_000])];
    expect(plan(jitter, 0, 40_000)).to.deep.equal(['a 0-10400', 'b 10000-20000']);
  });

  it('states what is missing: as it was noted, and where nothing was recorded', () => {
    const noted: Gap = { from: 10_000, to: 12_000, cause: 'media_server' };
    const parts = planClip(
      [source('a', [1_000, 10_000]), source('b', [12_000, 20_000], [noted]), source('c', [30_000, 40_000])],
      { from: 0, to: 45_000 },
    );
    expect(gapsOf(parts, { from: 0, to: 45_000 })).to.deep.equal([
      { from: 0, to: 1_000, cause: 'not_recorded' },
      noted,
      { from: 20_000, to: 30_000, cause: 'not_recorded' },
      { from: 40_000, to: 45_000, cause: 'not_recorded' },
    ]);
    expect(gapsOf(parts, { from: 11_000, to: 19_000 })).to.deep.include({ ...noted, from: 11_000 });
  });

  it('covers with parts and gaps the whole period, whatever there is', () => {
    const file = fc.tuple(fc.nat(100), fc.integer({ min: 1, max: 50 }));
    const period = fc.tuple(fc.nat(100), fc.integer({ min: 1, max: 50 }));
    fc.assert(
      fc.property(fc.array(file, { maxLength: 8 }), period, (files, [begin, length]) => {
        const wanted = { from: begin * 2_000, to: (begin + length) * 2_000 };
        const sources = files.map(([at, seconds], index) =>
          source(String(index), [at * 2_000, (at + seconds) * 2_000]),
        );
        const parts = planClip(sources, wanted);
        const pieces = [...parts.map(({ span }) => span), ...gapsOf(parts, wanted)];
        pieces.sort((a, b) => a.from - b.from);
        let done = wanted.from;
        for (const { from, to } of pieces) {
          expect(from, 'neither twice nor left out').to.equal(done);
          done = to;
        }
        expect(done).to.equal(wanted.to);
      }),
    );
  });
});
