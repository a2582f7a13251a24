import { expect } from 'chai';
import type { MemoryClient } from '../../../adapters/transport/memory/memory-transport.js';
import { PortError } from '../../../ports/index.js';
import { createService, type ServiceWorld } from './service-world.js';

type Result = Record<string, unknown>;

/** By day of December; the world begins in January. */
const name = (day: number, camera = 'camera1'): string =>
  `${camera}_2025-12-0${String(day)}_00-00-00-000000_m1.mp4`;
const MANUAL = { policy_type: 'manual', enabled: true, max_size_gb: 1.5e-7 };

describe('retention by its methods', () => {
  let world: ServiceWorld;
  const begin = async (overrides: readonly string[] = []): Promise<void> => {
    world = await createService({ overrides });
    await world.core.during(world.service.start(world.core.signal));
  };
  const call = async (method: string, params: object = {}, client?: MemoryClient): Promise<Result> => {
    const outcome = await (client
      ? world.core.during(client.call(method, params))
      : world.call(method, params));
    return outcome.ok ? (outcome.result as Result) : { ...outcome.error.data };
  };
  const place = async (...names: readonly string[]): Promise<void> => {
    for (const each of names) world.core.store.place('recordings', each, new Uint8Array(100));
    await world.parts.index.refresh('recordings');
  };
  afterEach(() => world.stop());

  it('stores a policy, gives it back, and returns to the configuration', async () => {
    await begin(['retention.enabled=true', 'retention.policy_type=age', 'retention.max_age_days=30']);
    const stored = await call('set_retention_policy', {
      policy_type: 'size',
      enabled: true,
      max_size_gb: 5,
      min_free_gb: 0.5,
    });
    expect(stored).to.deep.include({ policy_type: 'size', enabled: true, max_size_gb: 5, min_free_gb: 0.5 });
    expect(stored)
      .to.include({ origin: 'stored' })
      .and.to.have.property('message')
      .that.matches(/automatically/);
    const own = await call('set_retention_policy', {
      policy_type: 'manual',
      enabled: false,
      device: 'camera1',
    });
    expect(own).to.include({ device: 'camera1', enabled: false, origin: 'stored' });
    expect(own['message']).to.match(/disabled/);
    const device = { policy_type: 'configured', device: 'camera1' };
    expect(await call('set_retention_policy', device)).to.include({ origin: 'global', max_size_gb: 5 });
    expect(await call('set_retention_policy', { policy_type: 'configured' })).to.include({
      ...{ policy_type: 'age', enabled: true, max_age_days: 30, origin: 'configured' },
    });
  });

  it('refuses what cannot be applied, and says which parameter is to be changed', async () => {
    await begin();
    for (const [params, param, rule] of [
      [{ policy_type: 'age', enabled: true }, 'max_age_days', 'required'],
      [{ policy_type: 'age' }, 'enabled', 'required'],
      [{ policy_type: 'size', enabled: true, max_size_gb: 0 }, 'max_size_gb', 'minimum'],
      [{ policy_type: 'size', enabled: true, min_free_gb: 1, device: 'camera0' }, 'min_free_gb', 'device'],
      [{ policy_type: 'configured', enabled: true }, 'enabled', 'configured'],
      [{ policy_type: 'never', enabled: true }, 'policy_type', 'one_of'],
    ] as const)
      expect(await call('set_retention_policy', params)).to.include({ code: 'INVALID_PARAMS', param, rule });
  });

  it('is told by the configuration too, for single cameras as well', async () => {
    const cameras = JSON.stringify([{ device: 'camera0', policy_type: 'size', max_size_gb: 2 }]);
    await begin([`retention.cameras=${cameras}`]);
    expect(world.parts.retention.policyOf('camera0')).to.deep.equal({
      policy: { type: 'size', enabled: true, maxSizeGb: 2 },
      origin: 'configured',
    });
    expect(world.parts.retention.policyOf()).to.deep.include({ policy: { type: 'manual', enabled: false } });
  });

  for (const [overrides, words] of [
    [['retention.enabled=true', 'retention.policy_type=age'], /retention.max_age_days: .*maximum age/],
    [
      ['retention.cameras=[{"device":"camera0","policy_type":"size"}]'],
      /cameras\[0\].max_size_gb: .*needs max_size_gb/,
    ],
  ] as const)
    it(`does not start with ${overrides.join(' ')}`, async () => {
      const failure = await begin(overrides).catch((cause: unknown) => cause);
      expect(String(failure)).to.match(words);
      await begin();
    });

  it('cleans up when it is asked to, and deletes nothing in a dry run', async () => {
    await begin();
    await place(name(1), name(2), name(3));
    expect(await call('cleanup_old_files')).to.deep.include({ cleanup_executed: true, files_deleted: 0 });
    await call('set_retention_policy', MANUAL);
    await call('protect_recording', { filename: name(1), protected: true });
    const planned = await call('cleanup_old_files', { dry_run: true });
    const files = [2, 3].map((day) => ({
      ...{ filename: name(day), device: 'camera1', file_size: 100, reason: 'size' },
    }));
    expect(planned).to.deep.equal({
      ...{ cleanup_executed: false, files_deleted: 0, space_freed: 200, files },
      message: '2 recordings would be deleted.',
    });
    expect(await world.core.files()).to.have.length(3);
    expect(await call('cleanup_old_files')).to.deep.equal({
      ...{ cleanup_executed: true, files_deleted: 2, space_freed: 200, files },
      message: '2 recordings deleted.',
    });
    expect(await world.core.files()).to.deep.equal([name(1)]);
    expect((await call('list_recordings'))['total']).to.equal(1);
  });

  it('says how full the disk is, how long that lasts, and what applies', async () => {
    await begin();
    await place('foreign.mp4');
    world.core.store.place('snapshots', 'a.jpg', new Uint8Array(50));
    await world.parts.index.refresh('snapshots');
    const capacity = { totalBytes: 10_000, availableBytes: 2_500 };
    world.core.store.capacity = () => Promise.resolve(capacity);
    await call('set_retention_policy', { ...MANUAL, device: 'camera1' });
    const info = await call('get_storage_info');
    expect(info).to.deep.include({
      ...{ total_space: 10_000, used_space: 7_500, available_space: 2_500, usage_percentage: 75 },
      ...{ recordings_size: 100, snapshots_size: 50, low_space_warning: false, days_left_estimate: null },
      retention: [
        { policy_type: 'manual', enabled: false, origin: 'configured' },
        { ...MANUAL, device: 'camera1', origin: 'stored' },
      ],
    });
    const stamp = new Date(world.core.clock.now() - 3_000_000)
      .toISOString()
      .slice(0, 19)
      .replaceAll(':', '-');
    await place(`camera1_${stamp.replace('T', '_')}-000000_m1.mp4`);
    capacity.availableBytes = 499;
    const full = await call('get_storage_info');
    expect(full).to.include({ low_space_warning: true, days_left_estimate: 0 });
    capacity.availableBytes = 1_000 + ((100 * 86_400) / 3_000) * 3;
    expect((await call('get_storage_info'))['days_left_estimate']).to.equal(3);
  });

  it('keeps the policy before it when the disk is full', async () => {
    await begin();
    await call('set_retention_policy', MANUAL);
    const { write } = world.core.state;
    for (const [cause, code] of [
      ['STORAGE_FULL', 'STORAGE_FULL'],
      ['STORAGE_FAILED', 'DEPENDENCY_FAILED'],
    ] as const) {
      world.core.state.write = () => Promise.reject(new PortError(cause));
      const answer = await call('set_retention_policy', {
        policy_type: 'age',
        enabled: true,
        max_age_days: 1,
      });
      expect(answer).to.include({ code });
    }
    world.core.state.write = write;
    expect(world.parts.retention.policyOf().policy).to.include({ type: 'manual' });
    await world.parts.wishes.load();
    expect(world.parts.retention.policyOf().policy).to.include({ type: 'manual' });
  });

  it('gives an administrator of some cameras no say over others', async () => {
    await begin();
    const scoped = world.connect('scoped-admin');
    expect(await call('set_retention_policy', MANUAL, scoped)).to.include({ code: 'PERMISSION_DENIED' });
    const other = { ...MANUAL, device: 'camera0' };
    expect(await call('set_retention_policy', other, scoped)).to.include({ code: 'CAMERA_NOT_FOUND' });
    expect(await call('set_retention_policy', { ...MANUAL, device: 'camera1' }, scoped)).to.include({
      origin: 'stored',
    });
    await call('set_retention_policy', { policy_type: 'manual', enabled: true, max_size_gb: 1e-9 });
    await call('set_retention_policy', { policy_type: 'configured', device: 'camera1' });
    await place(name(1), name(2, 'camera0'));
    const { files } = await call('cleanup_old_files', { dry_run: true }, scoped);
    expect((files as Result[]).map(({ filename }) => filename)).to.deep.equal([name(1)]);
  });
});
