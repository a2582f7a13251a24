import { expect } from 'chai';
import { CoreWorld, device } from '../core-world.js';

describe('a camera of a kind that adapters are missing for', () => {
  let world: CoreWorld;

  afterEach(async () => {
    await world.stop();
    expect(world.clock.pending, 'timers left').to.equal(0);
  });

  const plug = async (number: number, kind: string): Promise<void> => {
    world.source.control.plug({ ...device(number), kind });
    await world.clock.advance(100);
  };
  const lines = () =>
    world.log.lines().filter(({ message }) => /supports cameras of this kind/.test(message));

  it('is in ERROR with the ports that are missing and the keys that choose their adapters', async () => {
    world = await new CoreWorld().start();
    await plug(1, 'rtsp');
    const [camera] = world.registry.list();
    expect(camera?.status).to.equal('ERROR');
    expect(camera?.reason)
      .to.include('CameraProbe, FrameGrabber, Capture')
      .and.include('"rtsp"')
      .and.include('adapters.capture');
  });

  it('is told in one line per kind, and is not asked again and again', async () => {
    world = await new CoreWorld().start();
    await plug(1, 'rtsp');
    await plug(2, 'rtsp');
    await world.clock.advance(60_000);
    expect(lines()).to.have.length(1);
    expect(lines()[0]).to.deep.include({ level: 'error' });
    await plug(3, 'onvif');
    expect(lines()).to.have.length(2);
  });

  it('works when only a grabber is missing: its snapshots come from the stream', async () => {
    world = await new CoreWorld({ grabbers: () => [] }).start();
    await plug(1, 'memory');
    expect(world.registry.list()[0]?.status).to.equal('CONNECTED');
    expect(lines().map(({ level }) => level)).to.deep.equal(['info']);
  });

  it('stops working when the last capture for it is taken out of use, and works again with another one', async () => {
    world = await new CoreWorld().start();
    const camera = await world.plug(1);
    world.streams.hold(camera.id, 'viewers');
    await world.clock.advance(1_000);
    expect(world.streams.view(camera.id).status).to.equal('ACTIVE');
    const [capture] = world.captures.all;
    await world.during(world.captures.remove(capture!));
    expect(world.streams.view(camera.id).capture).to.equal(undefined);
    await world.clock.advance(100);
    expect(world.registry.get(camera.id)).to.deep.include({ status: 'ERROR' });
    world.captures.add(capture!);
    await world.clock.advance(30_000);
    expect(world.registry.get(camera.id)?.status).to.equal('CONNECTED');
    expect(world.streams.view(camera.id).status).to.equal('ACTIVE');
  });

  it('is told at the start already when a source says what it announces', async () => {
    world = new CoreWorld();
    Object.assign(world.source, { supports: { ...world.source.supports, kinds: ['thermal'] } });
    await world.start();
    expect(lines()).to.have.length(1);
    expect(world.registry.list()).to.deep.equal([]);
  });
});
