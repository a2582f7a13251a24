import { expect } from 'chai';
import { createMemoryLogger } from '../../../adapters/logger/memory/memory-logger.js';
import {
  createMemoryStateStore,
  type MemoryStateStore,
} from '../../../adapters/state-store/memory/memory-state-store.js';
import { faultOf, type RetentionPolicies, type RetentionPolicy } from '../../../core/retention/policy.js';
import { RetentionStore } from '../../../core/retention/retention-store.js';
import { PortError } from '../../../ports/index.js';
import { digest } from '../core-world.js';

const WEEK: RetentionPolicy = { type: 'age', enabled: true, maxAgeDays: 7 };
const MONTH: RetentionPolicy = { type: 'age', enabled: true, maxAgeDays: 30 };

describe('what is wanted of retention', () => {
  let state: MemoryStateStore;
  let log: ReturnType<typeof createMemoryLogger>;
  const open = async (configured: RetentionPolicies = { cameras: {} }): Promise<RetentionStore> => {
    const store = new RetentionStore(configured, { state, log, digest });
    await store.load();
    return store;
  };
  beforeEach(() => {
    state = createMemoryStateStore();
    log = createMemoryLogger();
  });

  it('is what is configured until something else is stored, and again when that is taken back', async () => {
    const configured = { global: MONTH, cameras: { camera0: WEEK } };
    const store = await open(configured);
    expect(store.wish).to.deep.include(configured);
    await store.setPolicy(WEEK);
    await store.setPolicy(MONTH, 'camera0');
    await store.setPolicy(MONTH, 'camera1');
    const again = await open(configured);
    expect(again.wish).to.deep.include({ global: WEEK, cameras: { camera0: MONTH, camera1: MONTH } });
    expect([again.originOf(), again.originOf('camera0'), again.originOf('camera2')]).to.deep.equal([
      ...['stored', 'stored', 'configured'],
    ]);
    await again.setPolicy(undefined);
    await again.setPolicy(undefined, 'camera0');
    expect((await open(configured)).wish).to.deep.include({
      global: MONTH,
      cameras: { camera0: WEEK, camera1: MONTH },
    });
  });

  it('has the protected recordings over restarts, by their name without extension', async () => {
    const store = await open();
    await store.protect('camera0_a.mp4', true);
    await store.protect('camera0_b.ts', true);
    await store.protect('camera0_b.ts', false);
    const again = await open();
    expect(again.isProtected('camera0_a.mp4')).to.equal(true);
    expect(again.isProtected('camera0_a.mkv'), 'converted').to.equal(true);
    expect(again.isProtected('camera0_b.ts')).to.equal(false);
    expect([...again.wish.protectedNames]).to.deep.equal(['camera0_a']);
  });

  it('loses no change of several at a time', async () => {
    const store = await open();
    const names = Array.from({ length: 20 }, (_, number) => `f${String(number)}.mp4`);
    await Promise.all([
      ...names.map((name) => store.protect(name, true)),
      ...names.map((_, number) => store.setPolicy(WEEK, `camera${String(number)}`)),
    ]);
    const { protectedNames, cameras } = (await open()).wish;
    expect(protectedNames.size).to.equal(20);
    expect(Object.keys(cameras)).to.have.length(20);
  });

  it('stays as it was when the disk is full, also after a restart', async () => {
    const store = await open();
    await store.setPolicy(MONTH);
    await store.protect('a.mp4', true);
    state.write = () => Promise.reject(new PortError('STORAGE_FULL'));
    for (const change of [store.setPolicy(WEEK), store.protect('a.mp4', false), store.protect('b.mp4', true)])
      expect(await change.catch((cause: unknown) => cause)).to.have.property('code', 'STORAGE_FULL');
    for (const each of [store, await open()]) {
      expect(each.wish.global).to.deep.equal(MONTH);
      expect([...each.wish.protectedNames]).to.deep.equal(['a']);
    }
  });

  for (const key of ['recordings.retention', 'recordings.protected'])
    it(`is unknown when ${key} is damaged together with its copy, until a policy is set again`, async () => {
      const store = await open();
      await store.setPolicy(MONTH);
      await store.protect('a.mp4', true);
      for (const each of [key, `${key}.copy`]) state.damage(each, '#');
      expect((await open()).isLost).to.equal(true);
      // The damaged documents have been set aside: there seem to be none.
      const again = await open({ global: WEEK, cameras: {} });
      expect(again.isLost).to.equal(true);
      expect(
        log.lines().some(({ message }) => /until set_retention_policy is called/.test(message)),
      ).to.equal(true);
      await again.setPolicy(MONTH);
      expect(again.isLost).to.equal(false);
      const last = await open();
      expect(last.isLost).to.equal(false);
      expect(last.wish.global).to.deep.equal(MONTH);
    });

  it('is unknown when it is not what this version writes', async () => {
    await state.write('recordings.retention', { cameras: { camera0: { type: 'never' } } });
    expect((await open()).isLost).to.equal(true);
  });
});

describe('a retention policy', () => {
  it('is refused when it cannot be applied, with the parameter and what to do', () => {
    const fault = (policy: Partial<RetentionPolicy>, camera = false): string => {
      const found = faultOf({ type: 'manual', enabled: true, ...policy }, camera);
      return found === undefined ? 'none' : `${found.param} ${found.rule}`;
    };
    expect(fault({})).to.equal('none');
    expect(fault({ type: 'age' })).to.equal('max_age_days required');
    expect(fault({ type: 'age', maxAgeDays: 0 })).to.equal('max_age_days minimum');
    expect(fault({ type: 'age', maxAgeDays: 0.5 })).to.equal('none');
    expect(fault({ type: 'size' })).to.equal('max_size_gb required');
    expect(fault({ type: 'size', maxSizeGb: 0 })).to.equal('max_size_gb minimum');
    expect(fault({ type: 'size', minFreeGb: 1 })).to.equal('none');
    expect(fault({ type: 'size', minFreeGb: 1 }, true)).to.equal('min_free_gb device');
    expect(fault({ includesUnknown: true }, true)).to.equal('include_unknown device');
    expect(fault({ type: 'size' }, true)).to.equal('max_size_gb required');
  });
});
