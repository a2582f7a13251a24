import { PortError } from '../../../ports/index.js';
import { expect } from 'chai';
import { Demand } from '../../../core/streams/demand.js';
import type { PathSpec } from '../../../ports/index.js';
import { CoreWorld, type WorldOptions } from '../core-world.js';

describe('Demand', () => {
  it('lasts until it is released or its time is over, the longest first', () => {
    const demand = new Demand();
    demand.hold('snapshot', 100);
    const recording = demand.hold('recording');
    demand.hold('viewers', 200);
    expect(demand.holders(0)).to.deep.equal(['recording', 'viewers', 'snapshot']);
    expect(demand.holders(100)).to.deep.equal(['recording', 'viewers']);
    recording.release();
    recording.release();
    expect(demand.holders(100)).to.deep.equal(['viewers']);
    expect(demand.holders(200)).to.deep.equal([]);
  });

  it('lasts as long as the last of those who need the same', () => {
    const demand = new Demand();
    const [first, second] = [demand.hold('recording'), demand.hold('recording')];
    first.release();
    expect(demand.holders(0)).to.deep.equal(['recording']);
    second.release();
    expect(demand.holders(0)).to.deep.equal([]);
  });

  it('is prolonged, never shortened, and not at all once it is released', () => {
    const demand = new Demand();
    const hold = demand.hold('viewers', 200);
    hold.prolong(100);
    expect(demand.holders(150)).to.deep.equal(['viewers']);
    expect(demand.holders(200)).to.deep.equal([]);
    hold.prolong(300);
    expect(demand.holders(250)).to.deep.equal(['viewers']);
    hold.release();
    hold.prolong(1_000);
    expect(demand.holders(250)).to.deep.equal([]);
  });
});

describe('StreamService', () => {
  let world: CoreWorld;

  const begin = async (options: WorldOptions = {}): Promise<void> => {
    world = await new CoreWorld(options).start();
    await world.plug();
  };
  const running = (): string[] => world.capture.control.running().map(({ camera }) => camera);

  beforeEach(() => begin());
  afterEach(async () => {
    await world.stop();
    expect(world.clock.pending, 'timers left').to.equal(0);
  });

  it('starts for a viewer who was let in, and stops when nobody came', async () => {
    world.streams.viewerComes('camera0');
    await world.clock.advance(14_000);
    expect(running()).to.deep.equal(['camera0']);
    await world.clock.advance(1_500);
    expect(running()).to.deep.equal([]);
  });

  it('stays on for viewers, and a while after the last one', async () => {
    world.streams.viewerComes('camera0');
    await world.clock.advance(1_000);
    const viewer = await world.memory.control.connectViewer('camera0', ['x']);
    await world.clock.advance(120_000);
    expect(running()).to.deep.equal(['camera0']);
    viewer?.stop();
    await world.clock.advance(58_000);
    expect(running()).to.deep.equal(['camera0']);
    await world.clock.advance(4_000);
    expect(running()).to.deep.equal([]);
  });

  it('stays on for a viewer whom the last look has found, however late the next look comes', async () => {
    const { memory } = world;
    const paths = memory.paths.bind(memory);
    const viewer = await memory.control.connectViewer('camera0', ['x']);
    await world.clock.advance(11_000);
    expect(running()).to.deep.equal(['camera0']);
    memory.paths = () => Promise.reject(new PortError('MEDIA_SERVER_UNREACHABLE'));
    await world.clock.advance(180_000);
    expect(running(), 'while nothing is known').to.deep.equal(['camera0']);
    memory.paths = paths;
    viewer?.stop();
    await world.clock.advance(64_000);
    expect(running(), 'after the viewer left').to.deep.equal([]);
  });

  it('starts for readers that it did not let in itself', async () => {
    world.memory.control.read('camera0');
    await world.clock.advance(10_500);
    expect(running()).to.deep.equal(['camera0']);
  });

  it('leaves the media server alone while nobody needs a camera, and looks at once when somebody does', async () => {
    let asked = 0;
    const quiet = new CoreWorld();
    const { memory } = quiet;
    const paths = memory.paths.bind(memory);
    memory.paths = (signal) => {
      asked += 1;
      return paths(signal);
    };
    await quiet.start();
    await quiet.clock.advance(60_000);
    expect(asked, 'without a camera').to.equal(0);
    await quiet.plug();
    await quiet.clock.advance(1_000);
    asked = 0;
    await quiet.clock.advance(60_000);
    expect(asked, 'with an idle camera').to.be.within(1, 6);
    asked = 0;
    quiet.streams.viewerComes('camera0');
    await quiet.clock.advance(10_000);
    expect(asked, 'with a viewer').to.be.at.least(10);
    await quiet.stop();
  });

  it('keeps a camera on for a call, and takes that back', async () => {
    const { autoCloseSeconds } = world.streams.keepOn('camera0');
    expect(autoCloseSeconds).to.equal(300);
    await world.clock.advance(299_000);
    expect(running()).to.deep.equal(['camera0']);
    expect(world.streams.letGo('camera0')).to.deep.equal([]);
    await world.clock.advance(300);
    expect(running()).to.deep.equal([]);
    expect(() => world.streams.letGo('camera0'))
      .to.throw()
      .with.property('code', 'INVALID_STATE');
  });

  it('closes by itself after a call', async () => {
    world.streams.keepOn('camera0');
    await world.clock.advance(301_000);
    expect(running()).to.deep.equal([]);
  });

  it('says who still needs a camera that is let go', async () => {
    world.streams.keepOn('camera0');
    world.streams.viewerComes('camera0');
    expect(world.streams.letGo('camera0')).to.deep.equal(['viewers']);
  });

  it('is ready when pictures have reached the media server, and asks often while somebody waits', async () => {
    await world.clock.advance(1_050);
    const began = world.clock.monotonicMs();
    world.streams.hold('camera0', 'recording');
    await world.during(world.streams.ready('camera0', world.signal));
    expect(world.clock.monotonicMs() - began).to.be.lessThan(500);
    expect(world.streams.view('camera0').isReady).to.equal(true);
    expect(world.streams.view('camera0').bitrate).to.be.at.least(0);
  });

  it('gives up waiting when the caller does, or the service stops', async () => {
    world.memory.control.goDown();
    const gone = new AbortController();
    const first = world.streams.ready('camera0', gone.signal).catch((cause: Error) => cause);
    const second = world.streams.ready('camera0', world.signal).catch((cause: Error) => cause);
    gone.abort(new Error('client gone'));
    expect(await first).to.have.property('message', 'client gone');
    await world.stop();
    expect(await second).to.have.property('message', 'service is stopping');
  });

  it('knows that nothing is ready when the media server goes away', async () => {
    world.streams.keepOn('camera0');
    await world.clock.advance(2_000);
    expect(world.streams.view('camera0').isReady).to.equal(true);
    world.memory.control.goDown();
    expect(world.streams.view('camera0').isReady).to.equal(false);
  });

  it('says everything again after the media server lost it', async () => {
    await world.plug(2);
    await world.streams.setRecord('camera1', { format: 'fmp4', mark: 'm1' }, world.signal);
    const said: string[] = [];
    const { ensurePath } = world.memory;
    world.memory.ensurePath = (name, spec, signal) => {
      said.push(`${name} ${spec.record === false ? 'off' : spec.record.format}`);
      return ensurePath.call(world.memory, name, spec, signal);
    };
    world.memory.control.kill();
    await world.clock.advance(100);
    expect(said.sort()).to.deep.equal(['camera0 off', 'camera1 fmp4']);
  });

  it('says again what may not have been heard', async () => {
    const { ensurePath } = world.memory;
    world.memory.ensurePath = () => Promise.reject(new Error('timed out'));
    const failed = await world.streams
      .setRecord('camera0', { format: 'mpegts', mark: 'm1' }, world.signal)
      .catch((cause: Error) => cause.message);
    expect(failed).to.equal('timed out');
    const heard: PathSpec['record'][] = [];
    world.memory.ensurePath = (name, spec, signal) => {
      heard.push(spec.record);
      return ensurePath.call(world.memory, name, spec, signal);
    };
    await world.clock.advance(3_000);
    expect(heard).to.deep.equal([{ format: 'mpegts', mark: 'm1' }]);
  });

  it('makes a path again that somebody else has removed', async () => {
    world.streams.keepOn('camera0');
    await world.memory.removePath('camera0', world.signal);
    await world.clock.advance(3_000);
    const names = (await world.memory.paths(world.signal)).map(({ name }) => name);
    expect(names).to.deep.equal(['camera0']);
  });

  it('says nothing twice that was confirmed', async () => {
    let calls = 0;
    const { ensurePath } = world.memory;
    world.memory.ensurePath = (...call) => {
      calls += 1;
      return ensurePath.apply(world.memory, call);
    };
    world.streams.keepOn('camera0');
    await world.clock.advance(5_000);
    await world.streams.setRecord('camera0', false, world.signal);
    expect(calls).to.equal(0);
  });

  it('never lets an older wish have the last word', async () => {
    const { ensurePath } = world.memory;
    const heard: PathSpec['record'][] = [];
    let calls = 0;
    world.memory.ensurePath = async (name, spec, signal) => {
      calls += 1;
      if (calls === 1) await world.clock.sleep(1_000);
      heard.push(spec.record);
      await ensurePath.call(world.memory, name, spec, signal);
    };
    const first = world.streams.setRecord('camera0', { format: 'fmp4', mark: 'm1' }, world.signal);
    await world.clock.advance(10);
    await world.during(Promise.all([first, world.streams.setRecord('camera0', false, world.signal)]));
    expect(heard.at(-1)).to.equal(false);
  });

  it('survives a media server that does not list its paths', async () => {
    const { paths } = world.memory;
    world.memory.paths = () => Promise.reject(new Error('busy'));
    await world.clock.advance(3_000);
    world.memory.paths = paths.bind(world.memory);
    world.streams.keepOn('camera0');
    await world.clock.advance(2_000);
    expect(world.streams.view('camera0').isReady).to.equal(true);
  });

  for (const prewarm of [['*'], ['camera0']]) {
    it(`keeps cameras on that configuration names: ${prewarm.join()}`, async () => {
      await world.stop();
      await begin({ streams: { prewarm } });
      await world.clock.advance(600_000);
      expect(running()).to.deep.equal(['camera0']);
    });
  }

  it('makes no path for a camera whose identity is not sure', async () => {
    await world.plug(2, { serial: '', portPath: 'p1' });
    await world.plug(3, { serial: '', portPath: 'p2' });
    await world.unplug(2);
    await world.unplug(3);
    const { id } = await world.plug(4, { serial: '', portPath: 'p3' });
    expect(id).to.equal('camera3');
    const names = (await world.memory.paths(world.signal)).map(({ name }) => name);
    expect(names).to.deep.equal(['camera0', 'camera1', 'camera2']);
  });
});
