import { expect } from 'chai';
import type { AuditFacts } from '../../../core/audit/record.js';
import { Listeners } from '../../../core/lifecycle/listeners.js';
import type { OnBehalfOf } from '../../../core/retention/deleter.js';
import { ServiceError } from '../../../core/errors/service-error.js';
import { GB, type RetentionPolicies, type RetentionPolicy } from '../../../core/retention/policy.js';
import type { RecordingSession } from '../../../core/recordings/recording-session.js';
import { RetentionService } from '../../../core/retention/retention-service.js';
import { PortError, type Capacity } from '../../../ports/index.js';
import type { StorageLow } from '../../../core/health/health-monitor.js';
import { CoreWorld, type WorldOptions } from '../core-world.js';
import { callsOf } from '../recordings/helpers.js';

const size = (bytes: number): RetentionPolicy => ({ type: 'size', enabled: true, maxSizeGb: bytes / GB });
const ADMIN: OnBehalfOf = {
  ...{ trigger: 'request', transport: 'test', address: '', requestId: 'r1' },
  principal: { id: 'ada', role: 'admin', provider: 'memory' },
};

describe('the keeper of recordings', () => {
  let world: CoreWorld;
  let retention: RetentionService;
  let audit: AuditFacts[];
  let space: Listeners<Capacity>;
  const { started, ended } = callsOf(() => world);

  const begin = async (
    configured: RetentionPolicies = { cameras: {} },
    more: WorldOptions = {},
  ): Promise<void> => {
    world = await new CoreWorld({ retention: configured, ...more }).start();
    audit = [];
    const { wishes, index, store: files, recordings, board, clock, log } = world;
    space = new Listeners<Capacity>(log);
    retention = new RetentionService(
      { intervalMs: 600_000, reserveBytes: 0 },
      {
        ...{ wishes, index, files, recordings, board, clock, log },
        monitor: { space, storageLow: new Listeners<StorageLow>(log), isLowWith: () => false },
        audit: { record: (facts) => void audit.push(facts) },
        newId: () => 'own',
        yieldTurn: () => Promise.resolve(),
      },
    );
    await retention.start();
  };
  afterEach(async () => {
    await world.during(retention.stop());
    await world.stop();
    expect(world.clock.pending, 'timers left').to.equal(0);
  });

  const name = (day: number, camera = 'camera7'): string =>
    `${camera}_2025-12-${String(day).padStart(2, '0')}_00-00-00-000000_m1.mp4`;
  /** A recording of an earlier day, of 100 bytes. */
  const place = async (filename: string): Promise<void> => {
    const now = world.clock.now();
    world.clock.setWallClock(Date.UTC(2025, 11, Number(/12-(\d\d)/.exec(filename)?.[1] ?? 1)));
    world.store.place('recordings', filename, new Uint8Array(100));
    world.clock.setWallClock(now);
    await world.index.refresh('recordings');
  };
  const days = async (): Promise<readonly string[]> =>
    (await world.files()).map((file) => /2025-12-(\d\d)|foreign/.exec(file)?.[0].slice(-2) ?? file);
  const clean = (isDryRun = false, who = ADMIN) =>
    world.during(retention.cleanUp({ isDryRun, who, budgetMs: 20_000 }, world.signal));
  const health = (): string => {
    const { state, reason = '' } = world.board.report().components['retention']!;
    return `${state}: ${reason}`;
  };

  /** A running recording gets three further files. */
  const inParts = async ({ sessionId }: Pick<RecordingSession, 'sessionId'>): Promise<void> => {
    const record = { format: 'fmp4' as const, mark: sessionId.replaceAll(/[^A-Za-z0-9]/g, '').slice(-12) };
    for (let part = 0; part < 3; part += 1) {
      await world.during(world.streams.setRecord('camera0', false, world.signal));
      await world.clock.advance(500);
      await world.during(world.streams.setRecord('camera0', record, world.signal));
      await world.clock.advance(6_000);
    }
    await world.clock.advance(12_000);
  };

  it('deletes the oldest until its limit is kept, by itself, and says of each why', async () => {
    await begin({ global: size(250), cameras: {} });
    for (const day of [3, 1, 2]) await place(name(day));
    await place('foreign.mp4');
    await world.clock.advance(10_000);
    expect(await days()).to.deep.equal(['02', '03', 'gn']);
    expect(audit).to.have.length(1);
    expect(audit[0]).to.deep.include({
      ...{ method: 'delete_recording', outcome: 'ok', transport: 'service', requestId: 'own' },
      principal: { id: 'retention', role: 'admin', provider: 'service' },
      accepted: { filename: name(1), reason: 'size' },
    });
    expect((await world.index.all('recordings')).map(({ filename }) => filename)).not.to.include(name(1));
    expect(health()).to.equal('ok: ');
  });

  it('checks again from time to time, when a policy is set, and when space becomes low', async () => {
    await begin();
    for (const day of [1, 2, 3, 4]) await place(name(day));
    await world.clock.advance(700_000);
    expect(await days()).to.have.length(4);
    await world.during(retention.setPolicy(size(350)));
    await world.clock.advance(6_000);
    expect(await days()).to.deep.equal(['02', '03', '04']);
    await place(name(5));
    await world.clock.advance(600_000);
    expect(await days()).to.deep.equal(['03', '04', '05']);
    await world.during(retention.setPolicy({ ...size(350), minFreeGb: 1_000 / GB }));
    await world.clock.advance(10_000);
    const { capacity } = world.store;
    world.store.capacity = () => Promise.resolve({ totalBytes: 2_000, availableBytes: 900 });
    space.emit({ totalBytes: 2_000, availableBytes: 900 });
    await world.clock.advance(6_000);
    expect(await days(), 'within seconds').to.deep.equal(['04', '05']);
    world.store.capacity = capacity;
  });

  it('deletes closed files of a running recording, which goes on and does not miss them, nor after a restart', async () => {
    await begin({ global: size(100), cameras: {} }, { streams: {} });
    await world.plug();
    const session = await started();
    const files = (): readonly string[] =>
      world.recordings.of('camera0')?.files.map((file) => file.filename) ?? [];
    await inParts(session);
    const there = await world.files();
    expect(there.length, 'something was deleted').to.be.below(4);
    expect(files()).to.deep.equal(there);
    expect(there.at(-1)).to.equal(files().at(-1));
    expect(audit.length).to.equal(4 - there.length);
    const causes = world.recordings.of('camera0')?.gaps.map(({ cause }) => cause) ?? [];
    expect(causes).not.to.include('file_lost');
    expect(world.recordings.of('camera0')).not.to.have.property('stall');
    expect(JSON.stringify(await world.state.read('recordings.active'))).not.to.include(
      (audit[0]?.accepted as { filename: string }).filename,
    );
    expect((await ended()).session.files.map((file) => file.filename)).to.deep.equal(there);
  });

  it('leaves a file that cannot be deleted in its running recording, and says so', async () => {
    await begin({ global: size(100), cameras: {} }, { streams: {} });
    await world.plug();
    const session = await started();
    world.index.remove = () => Promise.reject(new PortError('STORAGE_FAILED', { message: 'not permitted' }));
    await inParts(session);
    const there = await world.files();
    expect(there).to.have.length(4);
    expect(world.recordings.of('camera0')?.files.map((file) => file.filename)).to.deep.equal(there);
    expect(health()).to.match(/^degraded: .*not permitted/);
    expect((await ended()).session.files).to.have.length(4);
  });

  it('leaves alone what is being written, and what has been protected meanwhile', async () => {
    await begin({ global: size(1), cameras: {} });
    await world.plug();
    const { files } = await started();
    await world.wishes.protect(name(1), true);
    await place(name(1));
    await world.clock.advance(30_000);
    expect(await world.files()).to.have.members([name(1), files[0]?.filename]);
    await ended();
    await world.clock.advance(10_000);
    expect(await world.files()).to.deep.equal([name(1)]);
  });

  it('says what it cannot delete, goes on with others, and tries again in an hour', async () => {
    await begin({ global: size(100), cameras: {} });
    const { remove } = world.store;
    let tries = 0;
    world.store.remove = (kind, filename) => {
      if (filename !== name(1)) return remove(kind, filename);
      tries += 1;
      return Promise.reject(new PortError('STORAGE_FAILED', { message: 'EACCES: permission denied' }));
    };
    for (const day of [1, 2, 3]) await place(name(day));
    await world.clock.advance(20 * 60_000);
    expect(tries).to.equal(1);
    expect(await days()).to.deep.equal(['01']);
    expect(health()).to.equal(
      `degraded: recordings cannot be deleted: ${name(1)}: EACCES: permission denied`,
    );
    expect(audit.filter(({ outcome }) => outcome === 'DEPENDENCY_FAILED')).to.have.length(1);
    world.store.remove = remove;
    await world.wishes.setPolicy({ type: 'age', enabled: true, maxAgeDays: 1 });
    await world.clock.advance(50 * 60_000);
    expect(await days()).to.deep.equal([]);
    await world.clock.advance(600_000);
    expect(health()).to.equal('ok: ');
  });

  it('gives up after a few failures in a row: they are no matter of single files', async () => {
    await begin({ global: { type: 'age', enabled: true, maxAgeDays: 1 }, cameras: {} });
    let tries = 0;
    world.store.remove = () => {
      tries += 1;
      return Promise.reject(new PortError('STORAGE_FAILED', { message: 'EROFS' }));
    };
    for (let day = 1; day <= 9; day += 1) await place(name(day));
    await world.clock.advance(10_000);
    expect(tries).to.equal(3);
    expect(health()).to.match(/and 2 more/);
  });

  describe('when it is asked to clean up', () => {
    const manual: RetentionPolicy = { type: 'manual', enabled: true, maxSizeGb: 150 / GB };

    it('says what it would delete, and deletes it when that is wanted, in the name of the caller', async () => {
      await begin({ global: manual, cameras: {} });
      for (const day of [1, 2, 3]) await place(name(day));
      await world.clock.advance(700_000);
      const planned = await clean(true);
      expect(planned).to.include({ isDryRun: true, left: 0 });
      expect(planned.deletions.map(({ file }) => file.filename)).to.deep.equal([name(1), name(2)]);
      expect(await days(), 'not by itself').to.deep.equal(['01', '02', '03']);
      expect(audit).to.deep.equal([]);
      const done = await clean();
      expect(done.deletions).to.deep.equal(planned.deletions);
      expect(await days()).to.deep.equal(['03']);
      expect(audit.map(({ principal, requestId }) => [principal?.id, requestId])).to.deep.equal([
        ['ada', 'r1'],
        ['ada', 'r1'],
      ]);
    });

    it('keeps to the cameras that the caller may see', async () => {
      await begin({
        global: { type: 'age', enabled: true, maxAgeDays: 1, includesUnknown: true },
        cameras: {},
      });
      for (const each of [name(1), name(2, 'camera8'), 'foreign.mp4']) await place(each);
      const who = { ...ADMIN, principal: { ...ADMIN.principal, cameras: ['camera8'] } };
      const { deletions } = await clean(true, who);
      expect(deletions.map(({ file }) => file.camera)).to.deep.equal(['camera8']);
    });

    it('does nothing without a policy, and nothing while it is unknown what is protected', async () => {
      await begin();
      await place(name(1));
      expect(await clean()).to.deep.include({ isPossible: true, isInForce: false, deletions: [] });
      await world.wishes.setPolicy({ type: 'age', enabled: true, maxAgeDays: 1 });
      for (const key of ['recordings.retention', 'recordings.retention.copy']) world.state.damage(key, '#');
      await world.wishes.load();
      expect(await clean()).to.deep.include({ isPossible: false, deletions: [] });
      await world.clock.advance(700_000);
      expect(await days()).to.deep.equal(['01']);
      expect(health()).to.match(/^degraded: .*call set_retention_policy$/);
      await world.during(retention.setPolicy({ type: 'age', enabled: true, maxAgeDays: 1 }));
      await world.clock.advance(10_000);
      expect(await days()).to.deep.equal([]);
      expect(health()).to.equal('ok: ');
    });

    it('stops when its time is over, and says how much is left', async () => {
      await begin({ global: { type: 'manual', enabled: true, maxSizeGb: 10 / GB }, cameras: {} });
      for (let number = 0; number < 120; number += 1)
        world.store.place(
          'recordings',
          `camera7_2025-11-01_00-00-00-${String(number).padStart(6, '0')}_m1.mp4`,
          new Uint8Array(10),
        );
      await world.index.refresh('recordings');
      const done = await world.during(
        retention.cleanUp({ isDryRun: false, who: ADMIN, budgetMs: 50 }, world.signal),
      );
      expect(done.deletions.length + done.left).to.equal(119);
      expect(done.left).to.be.above(0);
    });
  });

  it('does not take recordings for old because the clock was set forward', async () => {
    await begin({ global: { type: 'age', enabled: true, maxAgeDays: 300 }, cameras: {} });
    await place(name(1));
    await world.clock.advance(10_000);
    world.clock.setWallClock(world.clock.now() + 400 * 86_400_000);
    await world.clock.advance(12 * 3_600_000);
    expect(await days()).to.deep.equal(['01']);
    await world.clock.advance(13 * 3_600_000);
    expect(await days(), 'a day later').to.deep.equal([]);
  });

  it('passes over what has gone or is in use by then, and says what failed for another reason', async () => {
    await begin({ global: size(50), cameras: {} });
    await world.during(retention.stop());
    await place(name(1));
    const causes = [
      new PortError('FILE_NOT_FOUND'),
      new ServiceError('RECORDING_IN_PROGRESS', { device: 'camera7', filename: name(1), start_time: '' }),
      new TypeError('odd'),
    ];
    const { discard } = world.recordings;
    for (const cause of causes) {
      world.recordings.discard = () => Promise.reject(cause);
      expect((await clean()).deletions).to.deep.equal([]);
    }
    expect(audit.map(({ outcome }) => outcome)).to.include('INTERNAL');
    world.recordings.discard = discard;
  });
});
