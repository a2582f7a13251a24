import { expect } from 'chai';
import fc from 'fast-check';
import {
  planRetention,
  type Deletion,
  type RetainedFile,
  type RetentionView,
  type RetentionWish,
} from '../../../core/retention/plan.js';
import { DAY_MS, GB, type RetentionPolicy } from '../../../core/retention/policy.js';

const NOW = Date.UTC(2026, 5, 1);
const CAMERAS = ['camera0', 'camera1', 'camera2'];
const KB_IN_GB = 1_000 / GB;

/** Limits that cut through files of up to 50 kB and 40 days. */
const limits = {
  maxAgeDays: fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined }),
  maxSizeGb: fc.option(
    fc.integer({ min: 1, max: 400 }).map((kb) => kb * KB_IN_GB),
    { nil: undefined },
  ),
};
const minFreeGb = fc.option(
  fc.integer({ min: 0, max: 400 }).map((kb) => kb * KB_IN_GB),
  { nil: undefined },
);
const type = fc.constantFrom('age' as const, 'size' as const, 'manual' as const);
const own: fc.Arbitrary<RetentionPolicy> = fc
  .record({ type, enabled: fc.boolean(), ...limits })
  .map(withoutNothing);
const global: fc.Arbitrary<RetentionPolicy> = fc
  .record({ type, enabled: fc.boolean(), ...limits, minFreeGb, includesUnknown: fc.boolean() })
  .map(withoutNothing);

const file = fc.record({
  camera: fc.constantFrom(...CAMERAS),
  sizeBytes: fc.integer({ min: 0, max: 50_000 }),
  endedAt: fc.integer({ min: 0, max: 40 }).map((days) => NOW - days * DAY_MS),
  isKnown: fc.boolean(),
  isHeld: fc.boolean(),
});
const files: fc.Arbitrary<readonly RetainedFile[]> = fc
  .array(file, { maxLength: 30 })
  .map((all) => all.map((each, index) => ({ ...each, filename: `f${String(index).padStart(2, '0')}.mp4` })));
const view: fc.Arbitrary<RetentionView> = fc.record({
  files,
  availableBytes: fc.integer({ min: 0, max: 300_000 }),
  now: fc.constant(NOW),
});
const wish: fc.Arbitrary<RetentionWish> = fc.record({
  global: fc.option(global, { nil: undefined }),
  cameras: fc.dictionary(fc.constantFrom(...CAMERAS), own),
  protectedNames: fc
    .subarray(Array.from({ length: 30 }, (_, n) => `f${String(n).padStart(2, '0')}`))
    .map((all) => new Set(all)),
});
const trigger = fc.constantFrom('automatic' as const, 'request' as const);

function withoutNothing<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as never;
}

function carriedOut(seen: RetentionView, deletions: readonly Deletion[]): RetentionView {
  const gone = new Set(deletions.map(({ file: each }) => each.filename));
  return {
    ...seen,
    files: seen.files.filter(({ filename }) => !gone.has(filename)),
    availableBytes: seen.availableBytes + sizeOf(deletions.map(({ file: each }) => each)),
  };
}

function sizeOf(all: readonly RetainedFile[]): number {
  return all.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

const namesOf = (deletions: readonly Deletion[]): string[] =>
  deletions.map(({ file: each }) => each.filename);

describe('what retention deletes', () => {
  const holds = (
    check: (wanted: RetentionWish, seen: RetentionView, on: 'automatic' | 'request') => void,
  ): void => {
    fc.assert(fc.property(wish, view, trigger, check), { numRuns: 2_000 });
  };
  /** Everything that one policy is about, with nothing that is exempt. */
  const simply = (check: (policy: RetentionPolicy, seen: RetentionView) => void): void => {
    fc.assert(
      fc.property(global, view, (policy, seen) => {
        const known = seen.files.map((each) => ({ ...each, isKnown: true }));
        check({ ...policy, enabled: true, type: 'size' }, { ...seen, files: known });
      }),
      { numRuns: 2_000 },
    );
  };
  const only = (policy: RetentionPolicy): RetentionWish => ({
    global: policy,
    cameras: {},
    protectedNames: new Set(),
  });

  it('is never held, protected, or of unknown origin unless that was asked for', () => {
    holds((wanted, seen, on) => {
      for (const { file: each } of planRetention(wanted, seen, on)) {
        expect(each.isHeld).to.equal(false);
        expect(wanted.protectedNames.has(each.filename.replace('.mp4', ''))).to.equal(false);
        expect(each.isKnown || wanted.global?.includesUnknown === true).to.equal(true);
      }
    });
  });

  it('is nothing of a camera whose policy is not in force, and nothing by itself of a manual one', () => {
    holds((wanted, seen, on) => {
      for (const { file: each } of planRetention(wanted, seen, on)) {
        const policy = (each.isKnown ? wanted.cameras[each.camera] : undefined) ?? wanted.global;
        expect(policy?.enabled).to.equal(true);
        if (on === 'automatic') expect(policy?.type).not.to.equal('manual');
      }
    });
  });

  it('is a file once, the oldest first', () => {
    holds((wanted, seen, on) => {
      const deletions = planRetention(wanted, seen, on);
      expect(new Set(namesOf(deletions)).size).to.equal(deletions.length);
      const ends = deletions.map(({ file: each }) => each.endedAt);
      expect(ends).to.deep.equal([...ends].sort((a, b) => a - b));
    });
  });

  it('leaves nothing to do once it has been carried out', () => {
    holds((wanted, seen, on) => {
      const after = carriedOut(seen, planRetention(wanted, seen, on));
      expect(namesOf(planRetention(wanted, after, on))).to.deep.equal([]);
    });
  });

  it('is the same after a restart, and whatever the order of the listing', () => {
    holds((wanted, seen, on) => {
      const stored = JSON.parse(
        JSON.stringify({ ...wanted, protectedNames: [...wanted.protectedNames] }),
      ) as RetentionWish;
      const restored = { ...stored, protectedNames: new Set(stored.protectedNames) };
      const again = planRetention(restored, { ...seen, files: [...seen.files].reverse() }, on);
      expect(again).to.deep.equal(planRetention(wanted, seen, on));
    });
  });

  it('brings everything within the limits, or leaves nothing that may be deleted', () => {
    simply((policy, seen) => {
      const after = carriedOut(seen, planRetention(only(policy), seen));
      const { maxAgeDays = Infinity, maxSizeGb = Infinity, minFreeGb: free = 0 } = policy;
      const left = after.files.filter(({ isHeld }) => !isHeld);
      for (const { endedAt } of left) expect(NOW - endedAt).to.be.at.most(maxAgeDays * DAY_MS);
      if (!left.some(({ sizeBytes }) => sizeBytes > 0)) return;
      expect(sizeOf(after.files)).to.be.at.most(maxSizeGb * GB);
      expect(after.availableBytes).to.be.at.least(free * GB);
    });
  });

  it('is no more than the limits require', () => {
    simply((policy, seen) => {
      const deletions = planRetention(only(policy), seen);
      const { maxAgeDays = Infinity, maxSizeGb = Infinity, minFreeGb: free = 0 } = policy;
      const newest = (reason: string) => deletions.findLast((each) => each.reason === reason);
      for (const { file: each, reason } of deletions)
        if (reason === 'age') expect(NOW - each.endedAt).to.be.above(maxAgeDays * DAY_MS);
      // Without the newest of those that a limit has chosen, the limit would not be kept.
      const spared = (without: Deletion) =>
        carriedOut(
          seen,
          deletions.filter((each) => each !== without),
        );
      const bySize = newest('size');
      const byFree = newest('free_space');
      if (byFree) expect(spared(byFree).availableBytes).to.be.below(free * GB);
      else if (bySize) expect(sizeOf(spared(bySize).files)).to.be.above(maxSizeGb * GB);
    });
  });

  for (const limit of ['maxAgeDays', 'maxSizeGb', 'minFreeGb'] as const)
    it(`is at least as much with a stricter limit: ${limit}`, () => {
      fc.assert(
        fc.property(global, view, fc.double({ min: 0.05, max: 1, noNaN: true }), (policy, seen, share) => {
          const loose = policy[limit];
          if (loose === undefined) return;
          const strict = { ...policy, [limit]: limit === 'minFreeGb' ? loose / share : loose * share };
          const less = namesOf(planRetention(only(policy), seen));
          expect(namesOf(planRetention(only(strict), seen))).to.include.members(less);
        }),
        { numRuns: 2_000 },
      );
    });

  it('is nothing for its age while the clock cannot be trusted', () => {
    holds((wanted, seen, on) => {
      const deletions = planRetention(wanted, { ...seen, now: undefined }, on);
      expect(deletions.filter(({ reason }) => reason === 'age')).to.deep.equal([]);
    });
  });

  it('is nothing at all unless it was asked for', () => {
    fc.assert(
      fc.property(view, trigger, (seen, on) => {
        const wanted = { cameras: {}, protectedNames: new Set<string>() };
        expect(planRetention(wanted, seen, on)).to.deep.equal([]);
      }),
    );
  });
});

describe('whose recordings a limit is about', () => {
  const recording = (filename: string, days: number, more: Partial<RetainedFile> = {}): RetainedFile => ({
    ...{ filename, camera: 'camera0', sizeBytes: 1_000, endedAt: NOW - days * DAY_MS },
    ...{ isKnown: true, isHeld: false, ...more },
  });
  const planned = (
    wanted: Partial<RetentionWish>,
    all: readonly RetainedFile[],
    availableBytes = 0,
  ): string[] =>
    planRetention(
      { cameras: {}, protectedNames: new Set(), ...wanted },
      { files: all, availableBytes, now: NOW },
    ).map(({ file: each, reason }) => `${each.filename} ${reason}`);
  const age = (maxAgeDays: number): RetentionPolicy => ({ type: 'age', enabled: true, maxAgeDays });
  const size = (kb: number): RetentionPolicy => ({ type: 'size', enabled: true, maxSizeGb: kb * KB_IN_GB });

  it('of a camera with a policy of its own, that one alone', () => {
    const all = [recording('a.mp4', 9), recording('b.mp4', 9, { camera: 'camera1' })];
    expect(planned({ global: age(5), cameras: { camera1: age(10) } }, all)).to.deep.equal(['a.mp4 age']);
    expect(planned({ global: age(10), cameras: { camera1: age(5) } }, all)).to.deep.equal(['b.mp4 age']);
    expect(planned({ global: size(1), cameras: { camera1: size(1) } }, all)).to.deep.equal([]);
    expect(planned({ global: size(1) }, all)).to.deep.equal(['a.mp4 size']);
  });

  it('of all cameras whose policy is in force, for free space', () => {
    const all = [
      recording('a.mp4', 9, { camera: 'camera1' }),
      recording('b.mp4', 8, { camera: 'camera2' }),
      recording('c.mp4', 7),
    ];
    const wanted = {
      global: { type: 'size' as const, enabled: true, minFreeGb: 2 * KB_IN_GB },
      cameras: { camera1: { type: 'age' as const, enabled: false }, camera2: age(300) },
    };
    expect(planned(wanted, all)).to.deep.equal(['b.mp4 free_space', 'c.mp4 free_space']);
    expect(planned(wanted, all, 1_000)).to.deep.equal(['b.mp4 free_space']);
    expect(planned(wanted, all, 2_000)).to.deep.equal([]);
  });

  it('counts what must stay, and takes what may go for it', () => {
    const all = [
      recording('open.mp4', 9, { isHeld: true }),
      recording('kept.mp4', 8),
      recording('old.mp4', 7),
      recording('new.mp4', 6),
    ];
    const wanted = { global: size(3), protectedNames: new Set(['kept']) };
    expect(planned(wanted, all)).to.deep.equal(['old.mp4 size']);
  });

  it('protects a recording in whatever container it is', () => {
    const wanted = { global: age(1), protectedNames: new Set(['a']) };
    expect(planned(wanted, [recording('a.mkv', 9), recording('a.b.mp4', 9)])).to.deep.equal(['a.b.mp4 age']);
  });
});
