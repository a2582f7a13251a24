import { expect } from 'chai';
import type { MemoryClient } from '../../../adapters/transport/memory/memory-transport.js';
import { METHODS } from '../../../core/rpc/methods/index.js';
import { PortError, type RpcOutcome } from '../../../ports/index.js';
import { device } from '../core-world.js';
import { createService, type ServiceWorld } from './service-world.js';

type Result = Record<string, unknown>;

/** What a method cannot do without beside its camera. */
const OTHERS: Readonly<Record<string, object>> = {
  export_clip: { from: '2026-01-01T00:00:00Z', to: '2026-01-01T00:00:01Z' },
};

/** All errors that were met, as `method: CODE`. */
const met = new Set<string>();

describe('the whole service', () => {
  let world: ServiceWorld;

  const begin = async (options: Parameters<typeof createService>[0] = {}): Promise<void> => {
    world = await createService(options);
    await world.core.during(world.service.start(world.core.signal));
    world.core.source.control.plug(device(1));
    world.core.source.control.plug(device(2));
    await world.core.clock.advance(500);
  };

  const note = (method: string, outcome: RpcOutcome): RpcOutcome => {
    if (!outcome.ok) met.add(`${method}: ${String(outcome.error.data['code'])}`);
    return outcome;
  };
  const good = async (method: string, params?: object): Promise<Result> => {
    const outcome = note(method, await world.call(method, params));
    if (!outcome.ok) throw new Error(`${method}: ${JSON.stringify(outcome.error)}`);
    return outcome.result as Result;
  };
  const code = async (method: string, params?: object, client?: MemoryClient): Promise<unknown> => {
    const calling = client ? world.core.during(client.call(method, params)) : world.call(method, params);
    const outcome = note(method, await calling);
    return outcome.ok ? 'ok' : outcome.error.data['code'];
  };
  const camera = { device: 'camera0' };

  beforeEach(() => begin());
  afterEach(async () => {
    await world.stop();
    expect(world.core.clock.pending, 'timers left').to.equal(0);
  });

  it('lists its cameras, with the name under which the client reached it', async () => {
    const { cameras, total, connected } = await good('get_camera_list');
    expect([total, connected]).to.deep.equal([2, 2]);
    expect((cameras as Result[])[0]).to.deep.include({
      device: 'camera0',
      status: 'CONNECTED',
      resolution: '64x48',
      fps: 30,
      recording: false,
    });
    expect(JSON.stringify(cameras)).to.include('rtsp://hub.local:8554/camera0').and.not.include('memory-1');
  });

  it('tells all of a camera', async () => {
    expect(await good('get_camera_status', camera)).to.have.nested.property('identity.serial', 'M1');
    const capabilities = await good('get_camera_capabilities', camera);
    expect(capabilities).to.deep.include({ resolutions: ['64x48'], validation_status: 'CONFIRMED' });
    await world.core.unplug(1);
    expect(await good('get_camera_capabilities', camera)).to.include({ validation_status: 'DISCONNECTED' });
  });

  it('streams while it is asked to', async () => {
    expect(await good('get_stream_url', camera)).to.include({ available: true, stream_status: 'NOT_READY' });
    expect(await good('start_streaming', camera)).to.include({ status: 'STARTING', auto_close_after: 300 });
    await world.core.clock.advance(2_000);
    expect(await good('get_stream_status', camera)).to.include({ status: 'ACTIVE', ready: true });
    expect(await good('get_stream_url', camera)).to.include({ stream_status: 'READY' });
    expect(await good('start_streaming', camera)).to.include({ status: 'ACTIVE' });
    expect(await good('get_camera_status', camera))
      .to.have.nested.property('metrics.last_frame_at')
      .that.is.a('string');
    world.core.capture.control.end('camera0', 'failed', 'crashed');
    await world.core.clock.advance(50);
    expect(await good('get_stream_url', camera)).to.include({ stream_status: 'ERROR' });
    expect(await good('get_stream_status', camera)).to.include({ status: 'ERROR', last_error: 'crashed' });
    await world.core.clock.advance(2_000);
    expect(await world.call('get_streams')).to.have.property('ok', true);
    expect(await good('stop_streaming', camera)).to.include({ stream_continues: false });
  });

  it('takes, lists, describes and removes snapshots', async () => {
    const { filename } = await good('take_snapshot', camera);
    const { files, total } = await good('list_snapshots', { since: '2026-01-01T00:00:00Z' });
    expect(total).to.equal(1);
    expect((files as Result[])[0]).to.include({ filename, device: 'camera0', format: 'jpg' });
    expect(await good('get_snapshot_info', { filename })).to.include({ filename });
    expect(await good('delete_snapshot', { filename })).to.include({ deleted: true });
    expect(await code('delete_snapshot', { filename })).to.equal('FILE_NOT_FOUND');
    expect(await code('get_snapshot_info', { filename })).to.equal('FILE_NOT_FOUND');
  });

  it('records', async () => {
    const { filename } = await good('start_recording', { ...camera, format: 'fmp4', duration: 600 });
    expect(await code('start_recording', camera)).to.equal('RECORDING_IN_PROGRESS');
    expect(await code('delete_recording', { filename })).to.equal('RECORDING_IN_PROGRESS');
    await world.core.clock.advance(6_000);
    const stopped = await good('stop_recording', camera);
    expect(stopped).to.deep.include({ status: 'STOPPED', files: [filename], duration: 5, gaps: [] });
    const { files } = await good('list_recordings', camera);
    expect((files as Result[])[0]).to.include({ filename, duration: 5 });
    expect(await good('get_recording_info', { filename })).to.include({ duration: 5, codec: 'h264' });
    world.core.tool.inspect = () => Promise.reject(new PortError('TOOL_MISSING'));
    expect(await code('get_recording_info', { filename })).to.equal('DEPENDENCY_FAILED');
    expect(await good('delete_recording', { filename })).to.include({ deleted: true });
    expect(await code('delete_recording', { filename })).to.equal('FILE_NOT_FOUND');
    expect(await code('get_recording_info', { filename })).to.equal('FILE_NOT_FOUND');
    expect(await code('start_recording', { ...camera, pre_seconds: 5 })).to.equal('UNSUPPORTED');
  });

  it('keeps what is protected', async () => {
    const { filename } = await good('start_recording', camera);
    const short = String(filename).replace('.mp4', '');
    expect(await good('protect_recording', { filename: short, protected: true })).to.deep.equal({
      filename,
      protected: true,
    });
    await world.core.clock.advance(6_000);
    await good('stop_recording', camera);
    expect((await good('list_recordings'))['files']).to.have.nested.property('[0].protected', true);
    expect(await good('get_recording_info', { filename })).to.include({ protected: true });
    expect(await code('delete_recording', { filename })).to.equal('INVALID_STATE');
    const scoped = world.connect('scoped');
    const unprotect = { filename, protected: false };
    expect(await code('protect_recording', unprotect, scoped)).to.equal('FILE_NOT_FOUND');
    const { write } = world.core.state;
    for (const [cause, expected] of [
      ['STORAGE_FULL', 'STORAGE_FULL'],
      ['STORAGE_FAILED', 'DEPENDENCY_FAILED'],
    ] as const) {
      world.core.state.write = () => Promise.reject(new PortError(cause));
      expect(await code('protect_recording', unprotect)).to.equal(expected);
    }
    world.core.state.write = write;
    expect(await good('get_recording_info', { filename })).to.include({ protected: true });
    await good('protect_recording', unprotect);
    expect(await good('delete_recording', { filename })).to.include({ deleted: true });
  });

  it('makes clips, and gives them up', async () => {
    const { tool, store } = world.core;
    const { start_time: from } = await good('start_recording', camera);
    const to = new Date(Date.parse(String(from)) + 4_000).toISOString();
    await world.core.clock.advance(6_000);
    await good('stop_recording', camera);
    const clip = { ...camera, from, to };
    const made = await good('export_clip', clip);
    expect(made).to.include({ device: 'camera0', state: 'DONE', format: 'mp4', exact: false });
    const { files } = await good('list_recordings', camera);
    expect(files).to.deep.include.members([
      { ...(files as Result[]).find(({ filename }) => filename === made['filename']), origin: 'export' },
    ]);
    expect(await code('export_clip', { ...clip, from: to, to: from })).to.equal('INVALID_PARAMS');
    const long = { from: '2020-01-01T00:00:00Z', to: '2020-01-01T00:00:01Z' };
    expect(await code('export_clip', { ...camera, ...long })).to.equal('FILE_NOT_FOUND');
    for (const [cause, expected] of [
      ['UNSUPPORTED', 'UNSUPPORTED'],
      ['TOOL_FAILED', 'DEPENDENCY_FAILED'],
      ['STORAGE_FULL', 'STORAGE_FULL'],
    ] as const) {
      tool.remuxError = new PortError(cause);
      expect(await code('export_clip', clip)).to.equal(expected);
    }
    tool.remuxing = (signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      });
    const client = world.connect();
    const jobs: unknown[] = [];
    client.onNotification(({ params }) => jobs.push((params as Result)['job_id']));
    await world.core.during(client.call('subscribe_events', { topics: ['export.progress'] }));
    const before = (await store.list('recordings')).length;
    const given = code('export_clip', clip);
    await world.core.clock.advance(10);
    const job = { job_id: jobs[0] };
    expect(await good('cancel_job', job)).to.include({ device: 'camera0', cancelled: true });
    expect(await given).to.equal('INVALID_STATE');
    expect(await code('cancel_job', job)).to.equal('INVALID_STATE');
    expect(await store.list('recordings')).to.have.length(before);
  });

  it('tells what happens to who wants to know', async () => {
    const client = world.connect();
    const topics: string[] = [];
    client.onNotification(({ method }) => topics.push(method));
    await world.core.during(client.call('subscribe_events', { topics: ['*'] }));
    await good('take_snapshot', camera);
    world.core.grabber.control.set('memory:2', new PortError('NO_FRAME'));
    await code('take_snapshot', { device: 'camera1' });
    await good('start_recording', camera);
    await world.core.clock.advance(11_000);
    world.core.memory.control.kill();
    world.core.capture.control.end('camera0', 'publish_failed');
    await world.core.clock.advance(3_000);
    await good('stop_recording', camera);
    world.core.memory.control.goDown('killed');
    await world.core.clock.advance(100);
    await code('start_recording', camera);
    await world.core.unplug(1);
    world.core.store.place('recordings', 'big.mp4', new Uint8Array(256 * 1024 * 1024 - 400));
    await world.core.clock.advance(2_000);
    expect([...new Set(topics)]).to.include.members([
      ...['camera.disconnected', 'recording.start', 'recording.progress', 'recording.gap', 'recording.stop'],
      ...[
        'snapshot.taken',
        'snapshot.error',
        'stream.started',
        'stream.stopped',
        'system.health',
        'storage.low',
      ],
    ]);
    const stats = (await world.core.during(client.call('get_subscription_stats'))) as { result: Result };
    expect(stats.result['client_topics']).to.deep.equal(['*']);
    await world.core.during(client.call('unsubscribe_events', {}));
  });

  it('tells clients that never subscribed what they expect', async () => {
    const client = world.connect('viewer');
    const heard: Result[] = [];
    client.onNotification(({ method, params }) => heard.push({ method, ...(params as Result) }));
    await world.core.during(client.call('get_status'));
    await world.core.unplug(2);
    await world.core.clock.advance(10);
    expect(heard).to.have.length(1);
    expect(heard[0]).to.include({
      method: 'camera_status_update',
      device: 'camera1',
      status: 'DISCONNECTED',
    });
    client.close();
  });

  it('tells of itself', async () => {
    expect(await good('ping')).to.equal('pong');
    expect(await good('get_status')).to.include({ status: 'HEALTHY', version: '1.2.3' });
    expect(await good('get_system_status')).to.deep.include({ status: 'ready', discovery_active: true });
    expect(await good('get_server_info')).to.include({ name: 'camera-service', max_cameras: 16 });
    expect(await good('rpc.discover')).to.have.property('openrpc');
    world.core.memory.control.goDown('killed');
    await world.core.clock.advance(1_000);
    expect(await good('get_status')).to.include({ status: 'DEGRADED' });
    expect(await good('get_system_status')).to.include({ status: 'partial' });
  });

  it('lets clients in by authenticate', async () => {
    const client = world.connect('nobody');
    const params = { auth_token: 'viewer', metadata: true };
    const outcome = await world.core.during(client.call('authenticate', params));
    expect(outcome).to.have.nested.property('result.role', 'viewer');
    expect(await code('authenticate', { auth_token: 'rubbish' }, client)).to.equal('AUTH_FAILED');
    expect(await code('authenticate', { auth_token: 'brief' }, client)).to.equal('TOKEN_EXPIRED');
  });

  it('says what is wrong, each in its own code', async () => {
    const missing = METHODS.filter((method) => method.takesDevice).map(({ name }) => name);
    for (const name of missing.filter((each) => !each.startsWith('list_')))
      expect(await code(name, { device: 'camera9', ...OTHERS[name] }), name).to.equal('CAMERA_NOT_FOUND');
    const scoped = world.connect('scoped');
    for (const name of missing.filter((each) => each.startsWith('list_')))
      expect(await code(name, camera, scoped), name).to.equal('CAMERA_NOT_FOUND');
    expect(await code('stop_streaming', camera)).to.equal('INVALID_STATE');
    expect(await code('stop_recording', camera)).to.equal('INVALID_STATE');
    const { grabber, probe } = world.core;
    probe.control.occupy('memory:1', 'zoom (pid 7)');
    for (const name of ['start_streaming', 'start_recording'])
      expect(await code(name, camera), name).to.equal('DEVICE_BUSY');
    expect(await good('get_camera_status', camera)).to.include({ status: 'BUSY', holder: 'zoom (pid 7)' });
    probe.control.occupy('memory:1', undefined);
    for (const [fault, expected] of [
      ['DEVICE_BUSY', 'DEVICE_BUSY'],
      ['DEVICE_UNSUPPORTED', 'UNSUPPORTED'],
      ['NO_FRAME', 'DEPENDENCY_FAILED'],
    ] as const) {
      grabber.control.set('memory:1', new PortError(fault));
      expect(await code('take_snapshot', camera)).to.equal(expected);
    }
    world.core.memory.control.goDown();
    expect(await code('start_streaming', camera)).to.equal('DEPENDENCY_FAILED');
    expect(await code('start_recording', camera)).to.equal('DEPENDENCY_FAILED');
    await world.core.unplug(1);
    for (const name of ['start_streaming', 'start_recording', 'take_snapshot'])
      expect(await code(name, camera), name).to.equal('INVALID_STATE');
    const { filename } = await good('take_snapshot', { device: 'camera1' });
    world.core.tool.inspect = () => Promise.reject(new PortError('TOOL_FAILED'));
    expect(await code('get_snapshot_info', { filename })).to.equal('DEPENDENCY_FAILED');
    world.core.store.capacity = () => Promise.resolve({ totalBytes: 1_000, availableBytes: 1 });
    for (const name of ['start_recording', 'take_snapshot'])
      expect(await code(name, { device: 'camera1' }), name).to.equal('STORAGE_FULL');
  });

  it('keeps what it cannot do without, and says why a plugin cannot be loaded again', async () => {
    const { plugins } = await good('get_plugins');
    expect(plugins).to.deep.include.members([
      {
        ...{ name: './absent', version: '', provides: [], capabilities: [], state: 'failed' },
        reason: 'gone',
        isolation: 'none',
      },
    ]);
    expect(await code('set_plugin', { name: 'world', enabled: false })).to.equal('UNSUPPORTED');
    expect(await code('set_plugin', { name: 'camera-probe-v4l2', enabled: true, reload: true })).to.equal(
      'UNSUPPORTED',
    );
    const absent = { name: './absent', enabled: true, reload: true };
    expect(await code('set_plugin', absent)).to.equal('DEPENDENCY_FAILED');
    expect(await code('set_plugin', { ...absent, enabled: false })).to.equal('INVALID_PARAMS');
    expect(await code('set_plugin', { name: './absent', enabled: false })).to.equal('INVALID_STATE');
    expect(await good('set_plugin', { name: 'frame-grabber-v4l2', enabled: false })).to.include({
      state: 'disabled',
    });
    expect(await good('set_plugin', { name: 'frame-grabber-v4l2', enabled: true })).to.include({
      state: 'idle',
    });
  });

  it('has met every error that a method declares', () => {
    const declared = METHODS.flatMap((method) => method.errors.map((error) => `${method.name}: ${error}`));
    expect(declared.filter((each) => !met.has(each))).to.deep.equal([]);
  });

  it('comes up without its storage, says so, does what it still can, and takes it when it is there', async () => {
    await world.stop();
    world = await createService();
    const { start, capacity } = world.core.store;
    world.core.store.start = () =>
      Promise.reject(new PortError('STORAGE_FAILED', { message: 'not mounted' }));
    world.core.store.capacity = () =>
      Promise.reject(new PortError('STORAGE_FAILED', { message: 'not mounted' }));
    await world.core.during(world.service.start(world.core.signal));
    expect(await code('list_recordings')).to.equal('INVALID_STATE');
    expect(await good('get_status')).to.include({ status: 'UNHEALTHY' });
    expect(await code('get_camera_list')).to.equal('ok');
    await world.core.clock.advance(20_000);
    world.core.store.start = start;
    world.core.store.capacity = capacity;
    await world.core.clock.advance(11_000);
    // The history is read and the folders are listed in many small steps.
    for (let step = 0; step < 200 && (await code('list_recordings')) !== 'ok'; step += 1)
      await world.core.clock.advance(50);
    expect(await code('list_recordings')).to.equal('ok');
    expect(await good('get_status')).to.include({ status: 'HEALTHY' });
  });

  it('stops what it has started when a part cannot start', async () => {
    await world.stop();
    world = await createService();
    world.core.memory.start = () => Promise.reject(new PortError('ADDRESS_IN_USE', { message: 'port 8554' }));
    const failure = await world.core.failure(world.service.start(world.core.signal));
    expect(failure).to.include({ code: 'ADDRESS_IN_USE' });
    expect(() => world.connect()).to.throw();
  });

  it('refuses an adapter that uses what is made after it', async () => {
    const failure = await createService({ overrides: ['adapters.state_store=none'] }).catch(
      (cause: Error) => cause,
    );
    expect(failure)
      .to.have.property('message')
      .that.matches(/available: file, memory, world/);
  });
});
