import { expect } from 'chai';
import { PortError } from '../../../ports/index.js';
import type { StreamLease } from '../../../core/streams/stream-service.js';
import { CoreWorld } from '../core-world.js';

describe('Stream', () => {
  let world: CoreWorld;

  beforeEach(async () => {
    world = await new CoreWorld().start();
    await world.plug();
  });
  afterEach(async () => {
    await world.stop();
    expect(world.clock.pending, 'timers left').to.equal(0);
  });

  const stream = () => world.streams.view('camera0');
  const story = (): string[] =>
    world.streamChanges.map(({ type, reason }) => (reason === undefined ? type : `${type}: ${reason}`));
  let lease: StreamLease | undefined;
  const hold = (): void => void (lease = world.streams.hold('camera0', 'streaming'));
  const want = async (): Promise<void> => {
    hold();
    await world.clock.advance(300);
  };
  const release = async (): Promise<void> => {
    lease?.release();
    await world.clock.advance(300);
  };

  it('runs nothing while nobody needs it', async () => {
    await world.clock.advance(10_000);
    expect(world.capture.control.starts()).to.equal(0);
    expect(stream().status).to.equal('INACTIVE');
  });

  it('starts on demand, counts as ACTIVE with the first picture, and stops when nobody needs it', async () => {
    hold();
    expect(stream().status).to.equal('STARTING');
    await world.clock.advance(300);
    expect(stream().status).to.equal('ACTIVE');
    expect(stream().startedAt).to.be.greaterThan(0);
    await release();
    expect(stream().status).to.equal('INACTIVE');
    expect(world.capture.control.running()).to.deep.equal([]);
    expect(story()).to.deep.equal(['started', 'stopped: no longer needed']);
  });

  it('starts one capture, however often it is asked to', async () => {
    for (let i = 0; i < 5; i += 1) hold();
    await world.clock.advance(1_000);
    for (let i = 0; i < 5; i += 1) hold();
    await world.clock.advance(1_000);
    expect(world.capture.control.starts()).to.equal(1);
  });

  it('says nothing of a stream that was never seen', async () => {
    world.capture.control.refuse(new PortError('TOOL_MISSING', { message: 'no ffmpeg' }));
    await want();
    await release();
    expect(story()).to.deep.equal([]);
    expect(stream().lastFailure).to.include({ reason: 'tool_missing', message: 'no ffmpeg' });
  });

  it('starts again, and tells both, when it is needed again while it is being stopped', async () => {
    await want();
    world.capture.control.freeze('camera0');
    lease?.release();
    await world.clock.advance(500);
    expect(stream().status).to.equal('STOPPING');
    hold();
    await world.clock.advance(1_600);
    expect(stream().status).to.be.oneOf(['STARTING', 'ACTIVE']);
    await world.clock.advance(1_000);
    expect(stream().status).to.equal('ACTIVE');
    expect(world.capture.control.starts()).to.equal(2);
    expect(story()).to.deep.equal(['started', 'stopped: no longer needed', 'started']);
  });

  it('ends a frozen capture by force and starts it again', async () => {
    await want();
    world.capture.control.freeze('camera0');
    await world.clock.advance(2_900);
    expect(stream().status).to.equal('ACTIVE');
    await world.clock.advance(600);
    expect(stream().status).to.equal('ERROR');
    expect(world.capture.control.running()).to.deep.equal([]);
    expect(world.registry.get('camera0')).to.include({ status: 'ERROR' });
    expect(world.registry.get('camera0')?.reason).to.match(/^no new frame for 3\d\d\d ms$/);
    await world.clock.advance(1_000);
    expect(stream()).to.include({ status: 'ACTIVE', restarts: 1 });
    expect(world.registry.get('camera0')?.status).to.equal('CONNECTED');
    expect(story()).to.have.length(3);
  });

  it('does not take a jump of the wall clock for a frozen camera', async () => {
    await want();
    world.clock.setWallClock(world.clock.now() + 3_600_000);
    await world.clock.advance(1_000);
    world.clock.setWallClock(world.clock.now() - 7_200_000);
    await world.clock.advance(1_000);
    expect(world.capture.control.starts()).to.equal(1);
    world.capture.control.freeze('camera0');
    await world.clock.advance(4_500);
    expect(stream().restarts).to.equal(1);
  });

  it('waits longer for the first picture than for the next ones', async () => {
    await world.stop();
    world = await new CoreWorld({ picturesOnlyWhenTold: true }).start();
    await world.plug();
    await want();
    await world.clock.advance(9_500);
    expect(stream().status).to.equal('STARTING');
    await world.clock.advance(1_000);
    expect(stream().lastFailure).to.include({ reason: 'frozen', message: 'no frame within 10000 ms' });
  });

  it('waits longer after each failure, and does not forget that because of a few pictures', async () => {
    await want();
    const pauses: number[] = [];
    for (let round = 0; round < 4; round += 1) {
      const starts = world.capture.control.starts();
      world.capture.control.end('camera0', 'failed', 'crashed');
      const began = world.clock.monotonicMs();
      while (world.capture.control.starts() === starts) await world.clock.advance(50);
      pauses.push(world.clock.monotonicMs() - began);
      await world.clock.advance(1_000);
      expect(stream().status).to.equal('ACTIVE');
    }
    expect(pauses.map((pause) => Math.round(pause / 500) * 500)).to.deep.equal([500, 1_000, 2_000, 4_000]);
  });

  it('tries at once when something changed', async () => {
    await want();
    for (let i = 0; i < 5; i += 1) {
      world.capture.control.end('camera0', 'failed');
      await world.clock.advance(i < 4 ? 10_000 : 300);
    }
    expect(stream().status).to.equal('ERROR');
    const starts = world.capture.control.starts();
    world.streams.mediaChanged({ ...world.memory.state(), epoch: 99 });
    await world.clock.advance(0);
    expect(world.capture.control.starts()).to.equal(starts + 1);
  });

  it('gives up the pause when nobody needs it any more, and lets the probe say how the camera is', async () => {
    await want();
    world.capture.control.end('camera0', 'failed', 'crashed');
    await world.clock.advance(0);
    expect(world.registry.get('camera0')?.status).to.equal('ERROR');
    await release();
    expect(stream().status).to.equal('INACTIVE');
    expect(world.registry.get('camera0')?.status).to.equal('ERROR');
    await world.clock.advance(5_000);
    expect(world.registry.get('camera0')?.status).to.equal('CONNECTED');
    expect(world.capture.control.starts()).to.equal(1);
  });

  it('says BUSY when another program holds the camera', async () => {
    await want();
    world.capture.control.end('camera0', 'device_busy');
    await world.clock.advance(0);
    expect(world.registry.get('camera0')?.status).to.equal('BUSY');
    expect(stream().status).to.equal('ERROR');
  });

  it('does not blame the camera for the media server', async () => {
    await want();
    world.capture.control.end('camera0', 'publish_failed', 'refused');
    await world.clock.advance(0);
    expect(stream().status).to.equal('ERROR');
    expect(world.registry.get('camera0')?.status).to.equal('CONNECTED');
    await release();
    world.memory.ensurePath = () => Promise.reject(new PortError('MEDIA_SERVER_UNREACHABLE'));
    await want();
    expect(stream().lastFailure?.reason).to.equal('publish_failed');
    expect(world.registry.get('camera0')?.status).to.equal('CONNECTED');
  });

  it('ends at once when the camera is pulled, and goes on when it is back', async () => {
    await want();
    await world.unplug();
    await world.clock.advance(0);
    expect(world.capture.control.running()).to.deep.equal([]);
    expect(stream().lastFailure?.reason).to.equal('device_gone');
    expect(stream().obstacle).to.equal('DEVICE_GONE');
    await world.clock.advance(60_000);
    expect(world.capture.control.starts()).to.equal(1);
    await world.plug();
    await world.clock.advance(300);
    expect(stream().status).to.equal('ACTIVE');
    expect(story()).to.deep.equal(['started', 'stopped: unplugged', 'started']);
  });

  it('waits for a media server that is away', async () => {
    world.memory.control.goDown('killed');
    await want();
    await world.clock.advance(10_000);
    expect(world.capture.control.starts()).to.equal(0);
    expect(stream().obstacle).to.equal('MEDIA_SERVER_UNREACHABLE');
    world.memory.control.comeBack();
    await world.clock.advance(300);
    expect(stream().status).to.equal('ACTIVE');
  });

  it('says which obstacle a camera without a format is', async () => {
    world.probe.control.set('memory:2', new PortError('DEVICE_BUSY'));
    world.probe.control.set('memory:3', new PortError('DEVICE_FORBIDDEN'));
    await world.plug(2);
    await world.plug(3);
    expect(world.streams.view('camera1').obstacle).to.equal('DEVICE_BUSY');
    expect(world.streams.view('camera2').obstacle).to.equal('NO_FRAME');
    expect(world.streams.view('nobody').obstacle).to.equal('DEVICE_GONE');
  });

  it('fails for a kind of camera that no capture is for', async () => {
    (world.capture.supports as { kinds: string[] }).kinds.length = 0;
    await want();
    expect(stream().lastFailure?.message).to.equal('no capture adapter for memory cameras');
  });

  it('does not start a capture for somebody who went while the device was in use', async () => {
    let free: () => void = () => undefined;
    const inUse = world.registry
      .device('camera0')
      .run(() => new Promise<void>((resolve) => (free = resolve)));
    await want();
    await release();
    free();
    await inUse;
    await world.clock.advance(1_000);
    expect(world.capture.control.starts()).to.equal(0);
    expect(stream().status).to.equal('INACTIVE');
  });
});
