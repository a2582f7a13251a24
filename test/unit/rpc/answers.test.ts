import { expect } from 'chai';
import { MEMORY_CAPABILITIES } from '../../../adapters/camera-probe/memory/memory-probe.js';
import type { CallContext } from '../../../core/rpc/define-method.js';
import { METHODS } from '../../../core/rpc/methods/index.js';
import type { Parts } from '../../../core/rpc/parts.js';
import { PortError, type Principal } from '../../../ports/index.js';
import { CoreWorld, type WorldOptions } from '../core-world.js';

type Answered = Readonly<Record<string, unknown>>;

const ADMIN: Principal = { id: 'ada', role: 'admin', provider: 'test' };
const SCOPED: Principal = { ...ADMIN, cameras: ['camera0'] };
const ABOUT = {
  ...{ name: 'sensor', version: '1', buildDate: 'today', apiVersion: '1', nodeVersion: 'v20' },
  ...{ architecture: 'x64', maxCameras: 8, startedAt: 0 },
};

describe('what methods answer', () => {
  let world: CoreWorld;

  const begin = async (options: WorldOptions = {}): Promise<void> => {
    world = await new CoreWorld(options).start();
    await world.plug();
  };
  /** Calls the handler on the parts of the world, and looks whether the answer is as declared. */
  const ask = async (
    name: string,
    params: Answered = {},
    { principal = ADMIN, baseUrl = 'http://sensor.example:8002' } = {},
  ): Promise<Answered> => {
    const method = METHODS.find((each) => each.name === name)!;
    const { registry: cameras, board: health, media, recordings, snapshots, streams } = world;
    const plugins: Parts['plugins'] = {
      list: () => [],
      change: () => Promise.reject(new TypeError('there are no plugins')),
    };
    const parts: Partial<Parts> = {
      ...{ about: ABOUT, cameras, health, media },
      ...{ plugins, recordings, snapshots, streams },
    };
    const peer = { transport: 'test', address: '192.0.2.1', ...(baseUrl === '' ? {} : { baseUrl }) };
    const call = { principal, peer, signal: world.signal, now: () => world.clock.now() };
    const answer = await world.during(method.run(params, call as unknown as CallContext, parts));
    expect(method.resultCheck.accepts(answer), JSON.stringify(answer)).to.equal(true);
    return answer as Answered;
  };
  const failure = (name: string, params: Answered, principal = ADMIN) =>
    world.failure(ask(name, params, { principal }));

  beforeEach(() => begin());
  afterEach(() => world.stop());

  describe('get_system_status', () => {
    const status = () => ask('get_system_status');

    it('is starting until everything was started, with what is in the way', async () => {
      expect((await status())['status']).to.equal('starting');
      world.board.set('media-server', 'down', { reason: 'away' });
      world.board.set('storage', 'down');
      expect((await status())['message']).to.match(/\(media-server: away; storage: down\)\.$/);
    });

    it('works in part while a component is in trouble, and wholly afterwards', async () => {
      world.board.started();
      world.board.set('media-server', 'degraded');
      const partly = await status();
      expect(partly['status']).to.equal('partial');
      expect(partly['message']).to.match(/\(media-server: degraded\)\.$/);
      world.board.set('media-server', 'ok');
      const wholly = await status();
      expect(wholly['status']).to.equal('ready');
      expect(wholly['message']).not.to.match(/media-server|\(/);
    });

    it('tells which sources of cameras speak, unless they are among the troubles', async () => {
      world.board.started();
      world.board.set('device-sources', 'ok', { reason: 'udev speaks' });
      expect((await status())['message']).to.match(/: udev speaks\.$/);
      world.board.set('device-sources', 'degraded', { reason: 'udev does not work' });
      expect((await status())['message']).to.match(/\(device-sources: udev does not work\)\.$/);
      world.board.set('device-sources', 'ok');
      expect((await status())['message']).not.to.match(/udev/);
    });

    it('names the cameras that can be used, of those that the caller may know of', async () => {
      await world.plug(2);
      await world.plug(3);
      await world.unplug(3);
      expect((await status())['available_cameras']).to.deep.equal(['camera0', 'camera1']);
      const { available_cameras: own } = await ask('get_system_status', {}, { principal: SCOPED });
      expect(own).to.deep.equal(['camera0']);
      expect((await status())['discovery_active']).to.equal(true);
    });
  });

  describe('get_camera_status', () => {
    it('has the figures of a stream that runs, and none of one that never did', async () => {
      const idle = { bytes_sent: 0, readers: 0, uptime: 0, frames: 0, last_frame_at: null };
      expect((await ask('get_camera_status', { device: 'camera0' }))['metrics']).to.deep.equal(idle);
      world.streams.keepOn('camera0');
      await world.clock.advance(5_000);
      const { metrics } = await ask('get_camera_status', { device: 'camera0' });
      const {
        uptime,
        frames,
        last_frame_at: at,
      } = metrics as { uptime: number; frames: number; last_frame_at: string };
      expect(uptime).to.be.within(4, 5);
      expect(frames).to.be.greaterThan(10);
      expect(world.clock.now() - Date.parse(at)).to.be.within(0, 1_000);
    });

    it('has the marks of a camera that has any', async () => {
      await world.plug(2, { portPath: 'usb-1.2' });
      expect((await ask('get_camera_status', { device: 'camera1' }))['identity']).to.deep.equal({
        ...{ vendor_id: 'f055', product_id: '0001', serial: 'M2', bus: 'usb-1.2' },
        ...{ matched_by: 'new', why: 'not seen before' },
      });
      world.source.control.plug({ key: 'memory:3', kind: 'memory', locator: 'x', name: 'Bare', hints: {} });
      await world.clock.advance(100);
      expect((await ask('get_camera_status', { device: 'camera2' }))['identity']).to.deep.equal({
        ...{ matched_by: 'new', why: 'not seen before' },
      });
    });

    it('has URLs with the host by which the client came, or with the one of this machine', async () => {
      const hostOf = async (baseUrl: string): Promise<string> => {
        const { streams } = await ask('get_camera_status', { device: 'camera0' }, { baseUrl });
        return new URL((streams as { hls: string }).hls).hostname;
      };
      expect(await hostOf('https://[2001:db8::1]:8443/cams')).to.equal('[2001:db8::1]');
      expect(await hostOf('')).to.equal('localhost');
    });
  });

  describe('get_camera_capabilities', () => {
    it('are none of a camera that was never asked, and those of one that has gone', async () => {
      world.probe.control.set('memory:2', new PortError('DEVICE_FORBIDDEN'));
      await world.plug(2);
      expect(await ask('get_camera_capabilities', { device: 'camera1' })).to.deep.equal({
        ...{ device: 'camera1', formats: [], resolutions: [], fps_options: [], controls: [] },
        validation_status: 'NONE',
      });
      await world.unplug();
      const gone = await ask('get_camera_capabilities', { device: 'camera0' });
      expect(gone).to.include({ validation_status: 'DISCONNECTED' });
      expect(gone['resolutions']).to.deep.equal(['64x48']);
    });

    it('has every rate once, the highest first', async () => {
      const sizes = [
        { width: 64, height: 48, fps: [5, 30] },
        { width: 32, height: 24, fps: [30, 60] },
      ];
      const formats = [{ pixelFormat: 'MJPG', description: 'x', compressed: true, sizes }];
      world.probe.control.set('memory:2', { ...MEMORY_CAPABILITIES, formats });
      await world.plug(2);
      expect(await ask('get_camera_capabilities', { device: 'camera1' })).to.deep.include({
        ...{ fps_options: [60, 30, 5], validation_status: 'CONFIRMED' },
      });
    });
  });

  describe('streams and recordings', () => {
    it('are refused with what is wrong', async () => {
      const starting = { device: 'camera0' };
      world.memory.control.goDown('killed');
      expect((await failure('start_streaming', starting)).data).to.include({ detail: 'killed' });
      world.memory.control.comeBack();
      await world.unplug();
      expect((await failure('start_streaming', starting)).data).to.include({ state: 'DISCONNECTED' });
      const early = { device: 'camera0', pre_seconds: 5 };
      expect((await failure('start_recording', early)).data).to.include({ feature: 'pre_seconds' });
      for (const name of ['start_streaming', 'start_recording', 'stop_recording', 'stop_streaming'])
        expect((await failure(name, { device: 'nobody' })).code, name).to.equal('CAMERA_NOT_FOUND');
    });

    it('say who keeps a camera on, if anybody does', async () => {
      await ask('start_streaming', { device: 'camera0' });
      await ask('start_recording', { device: 'camera0' });
      expect(await ask('stop_streaming', { device: 'camera0' })).to.include({ stream_continues: true });
      const stopped = await ask('stop_recording', { device: 'camera0' });
      expect(stopped['files']).to.deep.equal([stopped['filename']]);
      await ask('start_streaming', { device: 'camera0' });
      expect(await ask('stop_streaming', { device: 'camera0' })).to.include({ stream_continues: false });
    });
  });

  it('take_snapshot tells a credential of some cameras nothing of the names of others', async () => {
    const params = { device: 'camera0', filename: 'camera1_x.jpg' };
    expect((await failure('take_snapshot', params, SCOPED)).data).to.include({
      param: 'filename',
      rule: 'prefix',
    });
    expect(
      await ask('take_snapshot', { ...params, filename: 'camera0_x.jpg' }, { principal: SCOPED }),
    ).to.include({
      filename: 'camera0_x.jpg',
    });
    expect(await ask('take_snapshot', params)).to.include({ filename: 'camera1_x.jpg' });
  });

  it('get_server_info names what the media server can do', async () => {
    expect((await ask('get_server_info'))['capabilities']).to.include.members(['recordings', 'streaming']);
    const supports = world.memory.supports as { recording: boolean; viewers: boolean };
    Object.assign(supports, { recording: false, viewers: false });
    expect((await ask('get_server_info'))['capabilities']).to.deep.equal(['snapshots', 'events', 'files']);
  });

  it('get_status is one answer for all within a second, and a new one after a change', async () => {
    const first = await ask('get_status');
    expect(await ask('get_status')).to.equal(first);
    world.board.set('storage', 'degraded', { reason: 'little room is left' });
    const second = await ask('get_status');
    expect(second['components']).to.have.nested.property('storage.reason', 'little room is left');
    await world.clock.advance(1_000);
    expect((await ask('get_status'))['uptime']).to.equal((second['uptime'] as number) + 1);
  });
});
