import { expect } from 'chai';
import { PortError, type CaptureEnd } from '../../../ports/index.js';
import { CoreWorld } from '../core-world.js';

const KEY = 'memory:1';
const ZOOM = 'zoom (pid 77)';

describe('a camera that another program has', () => {
  let world: CoreWorld;

  beforeEach(async () => {
    world = await new CoreWorld().start();
  });
  afterEach(async () => {
    await world.stop();
    expect(world.clock.pending, 'timers left').to.equal(0);
  });

  const camera = () => world.registry.get('camera0');
  const record = () => world.recordings.begin({ camera: camera()! }, world.signal);
  const statuses = (): string[] => world.cameraChanges.map(({ camera: { status } }) => status);
  /** How long the work took, and what it failed with. */
  const refusal = async (work: () => Promise<unknown>) => {
    const began = world.clock.monotonicMs();
    const { code, data } = await world.failure(work());
    return { code, data, tookMs: world.clock.monotonicMs() - began };
  };
  /** From here on captures end as soon as they have begun. */
  const endCaptures = (reason: CaptureEnd['reason'], holder?: string): (() => number) => {
    let starts = 0;
    const capture = world.captures.all[0] as { start: CoreWorld['capture']['start'] };
    capture.start = async (job, signal) => {
      starts += 1;
      const session = await world.capture.start(job, signal);
      void session.stop(0);
      const end = { reason, message: reason, tail: [], ...(holder === undefined ? {} : { holder }) };
      return {
        ...session,
        stats: () => session.stats(),
        stop: () => Promise.resolve(),
        ended: Promise.resolve(end),
      };
    };
    return () => starts;
  };

  it('is BUSY from the start, with the holder and all that is known of it', async () => {
    world.probe.control.occupy(KEY, ZOOM);
    await world.plug();
    expect(camera()).to.include({ status: 'BUSY', holder: ZOOM });
    expect(camera()?.reason).to.match(/^in use by another program \(zoom \(pid 77\)\): stop that program/);
    expect(camera()?.format?.pixelFormat).to.equal('MJPG');
  });

  it('is looked at without being probed, and CONNECTED within a second or two', async () => {
    world.probe.control.occupy(KEY, ZOOM);
    await world.plug();
    const calls = world.probe.control.calls();
    await world.clock.advance(60_000);
    expect(world.probe.control.calls()).to.equal(calls);
    world.probe.control.occupy(KEY, 'cheese (pid 78)');
    await world.clock.advance(1_000);
    expect(camera()?.holder).to.equal('cheese (pid 78)');
    world.probe.control.occupy(KEY, undefined);
    await world.clock.advance(1_000);
    expect(camera()).to.include({ status: 'CONNECTED' }).and.not.have.any.keys('holder', 'reason');
    expect(statuses()).to.deep.equal(['BUSY', 'CONNECTED']);
  });

  it('is no longer looked at when it is pulled', async () => {
    world.probe.control.occupy(KEY, ZOOM);
    await world.plug();
    await world.unplug();
    expect(camera()).to.include({ status: 'DISCONNECTED' }).and.not.have.property('holder');
    expect(await world.registry.confirm('camera0')).to.include({ status: 'DISCONNECTED' });
    world.probe.control.occupy(KEY, undefined);
    await world.clock.advance(60_000);
    expect(statuses()).to.deep.equal(['BUSY', 'DISCONNECTED']);
  });

  it('is found out when it is wanted, and refused at once without a capture', async () => {
    await world.plug();
    world.probe.control.occupy(KEY, ZOOM);
    const { code, data, tookMs } = await refusal(record);
    expect(code).to.equal('DEVICE_BUSY');
    expect(data).to.deep.equal({ device: 'camera0', holder: ZOOM });
    expect(tookMs).to.be.at.most(100);
    expect(camera()).to.include({ status: 'BUSY', holder: ZOOM });
    expect((await refusal(() => world.streams.requireFree('camera0'))).code).to.equal('DEVICE_BUSY');
    expect(world.capture.control.starts()).to.equal(0);
    expect(world.streams.view('camera0').isWanted).to.equal(false);
    expect(world.recordings.all()).to.deep.equal([]);
  });

  it('can be used as soon as it is free, before anybody has looked', async () => {
    await world.plug();
    world.probe.control.occupy(KEY, ZOOM);
    await refusal(record);
    world.probe.control.occupy(KEY, undefined);
    expect(await world.during(record())).to.include({ state: 'RECORDING' });
    expect(camera()?.status).to.equal('CONNECTED');
  });

  it('is not taken for busy because this service has it', async () => {
    await world.plug();
    world.streams.keepOn('camera0');
    await world.clock.advance(500);
    world.probe.control.occupy(KEY, 'ffmpeg (pid 5)');
    expect(await world.during(record())).to.include({ state: 'RECORDING' });
    expect(camera()?.status).to.equal('CONNECTED');
  });

  it('is noticed by the capture too, where nobody can tell before, and refused at once', async () => {
    delete world.probe.requireFree;
    await world.plug();
    endCaptures('device_busy', ZOOM);
    const { code, data, tookMs } = await refusal(record);
    expect([code, data['holder']]).to.deep.equal(['DEVICE_BUSY', ZOOM]);
    expect(tookMs).to.be.lessThan(1_000);
    expect(camera()).to.include({ status: 'BUSY', holder: ZOOM });
  });

  it('is noticed by a snapshot too', async () => {
    await world.plug();
    const take = () => world.snapshots.take({ camera: camera()! }, world.signal);
    world.probe.control.occupy(KEY, ZOOM);
    const busy = new PortError('DEVICE_BUSY', { detail: { holder: ZOOM } });
    world.grabber.control.set(KEY, busy);
    expect((await refusal(take)).data).to.deep.equal({ device: 'camera0', holder: ZOOM });
    expect(camera()).to.include({ status: 'BUSY', holder: ZOOM });
    world.grabber.control.set(KEY, undefined);
    expect(await world.during(take())).to.include({ tier: 0 });
    expect(camera()?.status).to.equal('CONNECTED');
  });

  it('leaves nothing behind in a refused snapshot that would start it later', async () => {
    world.probe.control.set(KEY, new PortError('DEVICE_BUSY', { detail: { holder: ZOOM } }));
    await world.plug();
    const take = () => world.snapshots.take({ camera: camera()! }, world.signal);
    expect((await refusal(take)).data).to.deep.equal({ device: 'camera0', holder: ZOOM });
    expect(world.streams.view('camera0').isWanted).to.equal(false);
  });

  it('is streamed from as soon as it is free, when somebody waits for that', async () => {
    world.probe.control.occupy(KEY, ZOOM);
    await world.plug();
    world.streams.keepOn('camera0');
    await world.clock.advance(5_000);
    expect(world.streams.view('camera0').status).to.equal('ERROR');
    expect(world.capture.control.starts()).to.equal(0);
    world.probe.control.occupy(KEY, undefined);
    await world.clock.advance(1_500);
    expect(world.streams.view('camera0').status).to.equal('ACTIVE');
  });

  it('turns viewers away at once, also one who came before it was found out, until it is free', async () => {
    const view = () => world.during(world.memory.control.connectViewer('camera0', ['any']));
    await world.plug();
    endCaptures('device_busy', ZOOM);
    world.probe.control.occupy(KEY, ZOOM);
    const early = await view();
    expect(early?.isAlive).to.equal(true);
    world.streams.viewerComes('camera0');
    await world.clock.advance(500);
    expect(camera()?.status).to.equal('BUSY');
    expect(early?.isAlive, 'who came first').to.equal(false);
    expect(await view(), 'who came later').to.equal(undefined);
    await world.clock.advance(20_000);
    world.streams.viewerComes('camera0');
    expect(world.streams.view('camera0').isWanted, 'wanted by who was turned away').to.equal(false);
    world.probe.control.occupy(KEY, undefined);
    await world.clock.advance(1_500);
    expect((await view())?.isAlive, 'when it is free').to.equal(true);
    await world.clock.advance(200);
  });

  it('is tried less and less often when looking at it does not tell', async () => {
    await world.plug();
    const starts = endCaptures('device_busy');
    world.streams.keepOn('camera0');
    await world.clock.advance(60_000);
    expect(starts()).to.be.within(5, 9);
    expect(camera()?.status).to.equal('BUSY');
  });
});

describe('a camera without room on its USB bus', () => {
  let world: CoreWorld;

  beforeEach(async () => {
    world = await new CoreWorld().start();
    await world.plug();
  });
  afterEach(() => world.stop());

  const camera = () => world.registry.get('camera0')!;
  const REMEDY =
    /other cameras on the same USB bus .* lower resolution, a lower frame rate, MJPEG, or another port/;

  it('is in ERROR with a remedy, and a recording of it is refused at once', async () => {
    const failing = world.failure(world.recordings.begin({ camera: camera() }, world.signal));
    await world.clock.advance(50);
    world.capture.control.end('camera0', 'no_bandwidth');
    const began = world.clock.monotonicMs();
    const { code, data } = await failing;
    expect(world.clock.monotonicMs() - began).to.be.lessThan(500);
    expect([code, data['dependency']]).to.deep.equal(['DEPENDENCY_FAILED', 'usb-bus']);
    expect(data['detail']).to.match(REMEDY);
    expect(camera().status).to.equal('ERROR');
    expect(camera().reason).to.match(REMEDY);
  });

  it('is tried again, and CONNECTED when there is room', async () => {
    world.streams.keepOn('camera0');
    await world.clock.advance(50);
    world.capture.control.end('camera0', 'no_bandwidth');
    await world.clock.advance(0);
    expect(camera().status).to.equal('ERROR');
    await world.clock.advance(2_000);
    expect(camera().status).to.equal('CONNECTED');
  });

  it('is found out by a snapshot too', async () => {
    const full = new PortError('DEVICE_UNSUPPORTED', { detail: { reason: 'usb_bandwidth' } });
    world.grabber.control.set(KEY, full);
    const { code, data } = await world.failure(world.snapshots.take({ camera: camera() }, world.signal));
    expect([code, data['dependency']]).to.deep.equal(['DEPENDENCY_FAILED', 'usb-bus']);
    expect(camera().status).to.equal('ERROR');
    expect(camera().reason).to.match(REMEDY);
    await world.clock.advance(5_000);
    expect(camera().status).to.equal('CONNECTED');
  });
});
