import { expect } from 'chai';
import fc from 'fast-check';
import {
  planPaths,
  type DesiredPath,
  type ObservedCamera,
  type ObservedPaths,
  type ToldPath,
} from '../../../core/streams/path-plan.js';
import type { PathSpec } from '../../../ports/index.js';

const record = fc.oneof(
  fc.constant(false as const),
  fc.record({
    format: fc.constantFrom('fmp4' as const, 'mpegts' as const),
    mark: fc.constantFrom('m1', 'm2'),
  }),
);
const spec: fc.Arbitrary<PathSpec> = fc
  .record({ record, isBusy: fc.boolean() })
  .map(({ isBusy, ...rest }) => ({ ...rest, ...(isBusy ? { refusesViewers: true } : {}) }));
const byName = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<ReadonlyMap<string, T>> =>
  fc
    .uniqueArray(fc.tuple(fc.constantFrom('camera0', 'camera1', 'camera2', 'gone'), value), {
      selector: ([name]) => name,
    })
    .map((entries) => new Map(entries));

const desired: fc.Arbitrary<ReadonlyMap<string, DesiredPath>> = byName(fc.record({ record }));
const cameras: fc.Arbitrary<ReadonlyMap<string, ObservedCamera>> = byName(
  fc.record({ isBusy: fc.boolean(), isAmbiguous: fc.boolean() }),
);
const told: fc.Arbitrary<ReadonlyMap<string, ToldPath>> = byName(
  fc.oneof(fc.constant('unsure' as const), spec),
);
const observed: fc.Arbitrary<ObservedPaths> = fc.record({ isReady: fc.constant(true), cameras, told });

/** What the server has been told once every action has been confirmed. */
function applied(wanted: ReadonlyMap<string, DesiredPath>, seen: ObservedPaths): ObservedPaths {
  const next = new Map(seen.told);
  for (const action of planPaths(wanted, seen)) {
    if (action.type === 'ensure') next.set(action.name, action.spec);
    else next.delete(action.name);
  }
  return { ...seen, told: next };
}

describe('the plan for the paths of the media server', () => {
  const holds = (check: (wanted: ReadonlyMap<string, DesiredPath>, seen: ObservedPaths) => void): void => {
    fc.assert(fc.property(desired, observed, check), { numRuns: 1_000 });
  };

  it('leaves nothing to do once it has been carried out', () => {
    holds((wanted, seen) => {
      expect(planPaths(wanted, applied(wanted, seen))).to.deep.equal([]);
    });
  });

  it('has at most one action for a path', () => {
    holds((wanted, seen) => {
      const names = planPaths(wanted, seen).map(({ name }) => name);
      expect(new Set(names).size).to.equal(names.length);
    });
  });

  it('ends with the same paths, whatever the server had been told before', () => {
    fc.assert(
      fc.property(desired, observed, told, (wanted, seen, otherwise) => {
        expect(applied(wanted, { ...seen, told: otherwise }).told).to.deep.equal(applied(wanted, seen).told);
      }),
    );
  });

  it('records what is wanted and nothing else, whether the camera is there or not', () => {
    holds((wanted, seen) => {
      const recorded = [...applied(wanted, seen).told].flatMap(([name, path]) =>
        path !== 'unsure' && path.record !== false ? [[name, path.record]] : [],
      );
      const wishes = [...wanted].flatMap(([name, path]) =>
        path.record === false ? [] : [[name, path.record]],
      );
      expect(recorded).to.have.deep.members(wishes);
    });
  });

  it('keeps a path for each camera that can be told apart, and for no camera that is unknown', () => {
    holds((wanted, seen) => {
      const paths = applied(wanted, seen).told;
      for (const [name, { isAmbiguous }] of seen.cameras)
        expect(paths.has(name)).to.equal(!isAmbiguous || wanted.has(name));
      for (const name of paths.keys())
        expect(seen.cameras.has(name) || wanted.get(name)?.record !== false).to.equal(true);
    });
  });

  it('has nothing to say while nobody listens', () => {
    holds((wanted, seen) => {
      expect(planPaths(wanted, { ...seen, isReady: false })).to.deep.equal([]);
    });
  });
});
