import { expect } from 'chai';
import { PortError } from '../../../ports/index.js';
import { device } from '../core-world.js';
import { createService, type ServiceWorld } from './service-world.js';

type Result = Record<string, unknown>;

describe('recordings of the whole service', () => {
  let world: ServiceWorld;
  const camera = { device: 'camera0' };

  const good = async (method: string, params?: object): Promise<Result> => {
    const outcome = await world.call(method, params);
    if (!outcome.ok) throw new Error(`${method}: ${JSON.stringify(outcome.error)}`);
    return outcome.result as Result;
  };

  beforeEach(async () => {
    world = await createService();
    await world.core.during(world.service.start(world.core.signal));
    world.core.source.control.plug(device(1));
    await world.core.clock.advance(500);
  });
  afterEach(async () => {
    await world.stop();
    expect(world.core.clock.pending, 'timers left').to.equal(0);
  });

  it('answers a stop before a conversion has ended, and tells the rest', async () => {
    const { tool } = world.core;
    const client = world.connect();
    const told: Result[] = [];
    client.onNotification(({ params }) => told.push(params));
    await world.core.during(
      client.call('subscribe_events', { topics: ['remux.progress', 'recording.error'] }),
    );
    let release = (): void => undefined;
    tool.remuxing = () => new Promise((resolve) => (release = resolve));
    await good('start_recording', { ...camera, format: 'mkv' });
    await world.core.clock.advance(6_000);
    const { conversion, filename } = await good('stop_recording', camera);
    const { format, state, job_ids: jobs } = conversion as Result;
    expect({ format, state, jobs }).to.deep.equal({
      format: 'mkv',
      state: 'RUNNING',
      jobs: [told[0]?.['job_id']],
    });
    tool.remuxError = new PortError('TOOL_FAILED');
    release();
    await world.core.clock.advance(1_000);
    expect(told.at(-1)).to.include({ state: 'FAILED', code: 'DEPENDENCY_FAILED', filename });
  });

  it('tells whether a recording has KLV, as far as that is known', async () => {
    const { store, tool } = world.core;
    const facts = { codec: 'h264', width: 64, height: 48, durationSeconds: 5 } as const;
    const name = (mark: string): string => `camera0_2026-01-01_10-00-00-000000_${mark.repeat(12)}.ts`;
    for (const mark of ['a', 'b', 'c']) store.place('recordings', name(mark), new Uint8Array(10));
    await world.core.clock.advance(1_000);
    tool.control.set(`/store/recordings/${name('a')}`, { ...facts, format: 'mpegts', hasKlv: true });
    tool.control.set(`/store/recordings/${name('b')}`, { ...facts, format: 'unknown' });
    tool.control.set(`/store/recordings/${name('c')}`, { ...facts, format: 'mp4' });
    const info = (mark: string): Promise<Result> => good('get_recording_info', { filename: name(mark) });
    expect(await info('a')).to.include({ has_klv: true, format: 'mpegts' });
    expect(await info('b')).not.to.have.any.keys('has_klv', 'repaired', 'sha256');
    expect(await info('c')).to.include({ has_klv: false, format: 'mp4' });
  });

  it('tells of a recording that cannot be started, and of one that the disk has no room for', async () => {
    const client = world.connect();
    const told: Result[] = [];
    client.onNotification(({ method, params }) => told.push({ method, ...(params as Result) }));
    await world.core.during(
      client.call('subscribe_events', { topics: ['recording.error', 'recording.stop'] }),
    );
    const { start } = world.core.capture;
    world.core.capture.start = () => Promise.reject(new PortError('TOOL_MISSING'));
    const outcome = await world.call('start_recording', camera);
    expect(outcome).to.have.property('ok', false);
    expect(told.at(-1)).to.include({ ...camera, method: 'recording.error', code: 'DEPENDENCY_FAILED' });
    world.core.capture.start = start;
    await world.core.clock.advance(60_000);
    await good('start_recording', camera);
    world.core.store.capacity = () => Promise.resolve({ totalBytes: 1_000, availableBytes: 0 });
    await world.core.clock.advance(30_000);
    expect(told.slice(-2)).to.deep.include.members([told.find(({ method }) => method === 'recording.stop')]);
    expect(told.filter(({ code }) => code === 'STORAGE_FULL')).to.have.length(1);
  });
});
