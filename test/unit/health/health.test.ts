import { expect } from 'chai';
import { createMemoryMetricsSink } from '../../../adapters/metrics-sink/memory/memory-metrics-sink.js';
import { Roster } from '../../../core/lifecycle/roster.js';
import { HealthBoard } from '../../../core/health/health-board.js';
import { HealthMonitor, type StorageLow } from '../../../core/health/health-monitor.js';
import { CATALOGUE } from '../../../core/metrics/catalogue.js';
import { PortError, type Capture } from '../../../ports/index.js';
import { CoreWorld } from '../core-world.js';

const credentials = { report: () => undefined };

describe('HealthBoard', () => {
  let world: CoreWorld;
  let board: HealthBoard;
  let heard: string[];

  beforeEach(() => {
    world = new CoreWorld();
    board = new HealthBoard(world);
    heard = [];
    board.changes.add(({ status }) => heard.push(status));
  });

  it('is ready once everything was started, and not while it stops', () => {
    expect(board.report()).to.include({ status: 'DEGRADED', ready: false });
    expect(board.isStarted).to.equal(false);
    board.started();
    expect(board.report()).to.include({ status: 'HEALTHY', ready: true });
    board.stopping();
    expect(board.report().ready).to.equal(false);
  });

  it('is degraded by any part, unhealthy only by a vital one', () => {
    board.started();
    board.set('media-server', 'down', { reason: 'away' });
    expect(board.report()).to.include({ status: 'DEGRADED', ready: true });
    board.set('storage', 'down', { isVital: true });
    expect(board.report()).to.include({ status: 'UNHEALTHY', ready: false });
    board.set('storage', 'ok');
    board.set('storage', 'down');
    expect(board.report().status).to.equal('UNHEALTHY');
  });

  it('tells changes of state, not of words, and since when', async () => {
    board.set('cameras', 'degraded', { reason: 'one' });
    const since = board.report().components['cameras']?.since;
    await world.clock.advance(1_000);
    board.set('cameras', 'degraded', { reason: 'one' });
    board.set('cameras', 'degraded', { reason: 'two' });
    expect(heard).to.have.length(1);
    expect(board.report().components['cameras']).to.deep.equal({ state: 'degraded', since, reason: 'two' });
    board.set('cameras', 'ok');
    expect(board.report().components['cameras']?.since).to.not.equal(since);
    expect(heard).to.have.length(2);
  });
});

describe('HealthMonitor', () => {
  let world: CoreWorld;
  let board: HealthBoard;
  let monitor: HealthMonitor;
  let low: StorageLow[];
  const metrics = createMemoryMetricsSink();
  metrics.declare(CATALOGUE);
  let trouble: string | undefined;
  const captures = new Roster<Capture>([
    {
      name: 'one',
      supports: { kinds: [] },
      start: () => Promise.reject(new PortError('TOOL_MISSING')),
      trouble: () => Promise.resolve(trouble),
    },
  ]);

  beforeEach(async () => {
    trouble = undefined;
    world = await new CoreWorld({ capacityBytes: 100_000 }).start();
    const { registry, media, store: files, clock, log } = world;
    board = new HealthBoard(world);
    board.started();
    const deps = { board, registry, media, captures, credentials, files, metrics, clock, log };
    monitor = new HealthMonitor({ intervalMs: 1_000, lowSpaceBytes: 50_000, enoughSpaceBytes: 60_000 }, deps);
    low = [];
    monitor.storageLow.add((event) => low.push(event));
    await monitor.start();
  });
  afterEach(async () => {
    await monitor.stop();
    await world.stop();
    expect(world.clock.pending, 'timers left').to.equal(0);
  });

  const state = (name: string): string => {
    const { state: word, reason } = board.report().components[name] ?? { state: 'unknown' };
    return reason === undefined ? word : `${word}: ${reason}`;
  };

  it('finds everything well', () => {
    expect(board.report().status).to.equal('HEALTHY');
  });

  it('says what a capture lacks on this machine, in health and in the log', async () => {
    await world.clock.advance(1);
    expect(state('capture')).to.equal('ok');
    await monitor.stop();
    trouble = 'it is too old; install another one';
    const { registry, media, store: files, clock, log } = world;
    const deps = { board, registry, media, captures, credentials, files, metrics, clock, log };
    monitor = new HealthMonitor({ intervalMs: 1_000, lowSpaceBytes: 50_000, enoughSpaceBytes: 60_000 }, deps);
    await monitor.start();
    await clock.advance(1);
    expect(state('capture')).to.equal('degraded: it is too old; install another one');
    expect(log.lines().at(-1)).to.deep.include({ level: 'warn', fields: { reason: trouble } });
  });

  it('says when the media server is away', async () => {
    world.memory.control.goDown('killed');
    await world.clock.advance(1_000);
    expect(state('media-server')).to.equal('down: killed');
    expect(metrics.value('camera_service_media_server_up')).to.equal(0);
  });

  it('says which cameras are in error, and counts them', async () => {
    world.probe.control.set('memory:1', new PortError('DEVICE_FORBIDDEN', { message: 'no leave' }));
    await world.plug();
    await world.clock.advance(1_000);
    expect(state('cameras')).to.equal('degraded: camera0: no leave');
    expect(metrics.value('camera_service_cameras', { status: 'ERROR' })).to.equal(1);
  });

  it('says which sources speak', async () => {
    expect(state('device-sources')).to.equal('ok: memory is ready');
    await world.clock.advance(3_000);
    await world.plug();
    await world.clock.advance(1_000);
    expect(state('device-sources')).to.equal(
      'ok: memory reports events and was the first to report the last change',
    );
  });

  it('hears of cameras and sources by itself, and looks seldom while nothing happens', async () => {
    const { registry, media, store: files, clock, log } = world;
    await monitor.stop();
    let looks = 0;
    const capacity = (): ReturnType<typeof files.capacity> => {
      looks += 1;
      return files.capacity();
    };
    const watched = { ...files, capacity };
    const deps = { board, registry, media, captures, credentials, files: watched, metrics, clock, log };
    monitor = new HealthMonitor({ intervalMs: 600_000, lowSpaceBytes: 1, enoughSpaceBytes: 1 }, deps);
    await monitor.start();
    await clock.advance(300_000);
    expect(looks, 'at rest').to.equal(1);
    world.probe.control.set('memory:1', new PortError('DEVICE_FORBIDDEN', { message: 'no leave' }));
    await world.plug();
    expect(state('cameras')).to.equal('degraded: camera0: no leave');
    expect(state('device-sources')).to.equal(
      'ok: memory reports events and was the first to report the last change',
    );
    await clock.advance(10_000);
    const before = looks;
    await clock.advance(300_000);
    expect(looks, 'at rest again').to.equal(before);
  });

  it('says which sources are away', async () => {
    world.registry.sourceStates.set('udev', { name: 'udev', isWatching: false, reason: 'no netlink' });
    await monitor.look();
    expect(state('device-sources')).to.equal('degraded: memory is ready; udev is not working (no netlink)');
    world.registry.sourceStates.set('memory', { name: 'memory', isWatching: false });
    await monitor.look();
    expect(state('device-sources')).to.equal(
      'down: memory is not working (not watching); udev is not working (no netlink)',
    );
  });

  it('says once that storage is low, and that it failed', async () => {
    world.store.place('recordings', 'a.mp4', new Uint8Array(60_000));
    await world.clock.advance(5_000);
    expect(low).to.deep.equal([{ availableBytes: 40_000, usedPercent: 60 }]);
    expect(state('storage')).to.match(/^degraded: little free space is left: .*set a retention policy$/);
    // Not enough to say anything else: it would be low again at once.
    const left = (bytes: number) => world.store.place('recordings', 'a.mp4', new Uint8Array(100_000 - bytes));
    for (const bytes of [55_000, 49_000, 59_999]) {
      left(bytes);
      await world.clock.advance(1_000);
      expect(state('storage')).to.match(/^degraded/);
    }
    expect(low).to.have.length(1);
    left(60_000);
    await world.clock.advance(1_000);
    expect(state('storage')).to.equal('ok');
    left(49_999);
    await world.clock.advance(1_000);
    expect(low).to.have.length(2);
    world.store.capacity = () => Promise.reject(new PortError('STORAGE_FAILED', { message: 'unmounted' }));
    await world.clock.advance(1_000);
    expect(state('storage')).to.equal('down: unmounted');
    expect(board.report().status).to.equal('UNHEALTHY');
  });
});
