import { expect } from 'chai';
import { MEMORY_CAPABILITIES } from '../../../adapters/camera-probe/memory/memory-probe.js';
import { PortError } from '../../../ports/index.js';
import { CoreWorld, device, type WorldOptions } from '../core-world.js';

describe('CameraRegistry', () => {
  let world: CoreWorld;

  const begin = async (options: WorldOptions = {}): Promise<void> => {
    world = await new CoreWorld(options).start();
  };
  const changes = (): string[] =>
    world.cameraChanges.map(({ type, camera }) => `${type} ${camera.id} ${camera.status}`);

  beforeEach(() => begin());
  afterEach(() => world.stop());

  it('leaves a new device alone, asks it, then announces it with its format', async () => {
    world.source.control.plug(device(1));
    await world.clock.advance(49);
    expect(world.probe.control.calls()).to.equal(0);
    await world.clock.advance(1);
    expect(changes()).to.deep.equal(['connected camera0 CONNECTED']);
    const camera = world.registry.get('camera0');
    expect(camera?.format).to.deep.equal({ pixelFormat: 'MJPG', width: 64, height: 48, fps: 30 });
    expect(camera?.identity.matchedBy).to.equal('new');
    expect(world.registry.sourceStates.get('memory')).to.include({ isWatching: true });
  });

  it('never announces what goes before it was asked', async () => {
    world.source.control.plug(device(1));
    await world.clock.advance(30);
    await world.unplug();
    await world.clock.advance(1_000);
    expect(changes()).to.deep.equal([]);
    expect(world.probe.control.calls()).to.equal(0);
  });

  it('announces an unplug at once and the same camera under the same name again', async () => {
    await world.plug(1);
    await world.plug(2);
    await world.unplug(1);
    expect(changes().at(-1)).to.equal('disconnected camera0 DISCONNECTED');
    expect(world.registry.get('camera0')?.reason).to.equal('unplugged');
    await world.plug(1);
    expect(changes().at(-1)).to.equal('connected camera0 CONNECTED');
    expect(world.registry.get('camera0')).to.not.have.property('reason');
    expect(world.registry.list().map(({ id }) => id)).to.deep.equal(['camera0', 'camera1']);
  });

  it('ignores what is not a camera', async () => {
    const reason = new PortError('DEVICE_UNSUPPORTED', { detail: { reason: 'not_capture' } });
    world.probe.control.set('memory:1', reason);
    world.source.control.plug(device(1));
    await world.clock.advance(60_000);
    expect(world.registry.list()).to.deep.equal([]);
    expect(world.probe.control.calls()).to.equal(1);
  });

  it('says BUSY with the holder, and CONNECTED once it is free', async () => {
    world.probe.control.set('memory:1', new PortError('DEVICE_BUSY', { detail: { holder: 'zoom' } }));
    await world.plug();
    expect(world.registry.get('camera0')).to.include({ status: 'BUSY' });
    expect(world.registry.get('camera0')?.reason).to.match(/in use by another program \(zoom\)/);
    world.probe.control.set('memory:1', MEMORY_CAPABILITIES);
    await world.clock.advance(5_000);
    expect(changes()).to.deep.equal(['connected camera0 BUSY', 'status camera0 CONNECTED']);
    expect(world.cameraChanges[1]?.previous).to.equal('BUSY');
    expect(world.registry.get('camera0')).to.not.have.property('reason');
  });

  it('says ERROR with the reason for a camera that cannot be asked, and asks again', async () => {
    world.probe.control.set(
      'memory:1',
      new PortError('DEVICE_FORBIDDEN', { message: 'join the group video' }),
    );
    await world.plug();
    expect(world.registry.get('camera0')).to.include({ status: 'ERROR', reason: 'join the group video' });
    await world.clock.advance(10_000);
    expect(world.probe.control.calls()).to.equal(3);
    await world.unplug();
    await world.clock.advance(10_000);
    expect(world.probe.control.calls()).to.equal(3);
  });

  it('says ERROR for a camera that offers no picture', async () => {
    world.probe.control.set('memory:1', { ...MEMORY_CAPABILITIES, formats: [] });
    await world.plug();
    expect(world.registry.get('camera0')).to.include({
      status: 'ERROR',
      reason: 'the camera offers no resolution',
    });
  });

  it('asks again when something about a troubled camera changes', async () => {
    world.probe.control.set('memory:1', new PortError('DEVICE_FORBIDDEN'));
    await world.plug();
    world.probe.control.set('memory:1', MEMORY_CAPABILITIES);
    world.source.control.change(device(1, { portPath: 'p1' }));
    await world.clock.advance(50);
    expect(world.registry.get('camera0')?.status).to.equal('CONNECTED');
  });

  it('takes in what changes about a camera that is well, and asks it only when it has moved', async () => {
    await world.plug();
    world.source.control.change({ ...device(1), name: 'renamed' });
    await world.clock.advance(1_000);
    expect(world.registry.get('camera0')?.name).to.equal('renamed');
    expect(world.probe.control.calls()).to.equal(1);
    world.source.control.change({ ...device(1), locator: 'elsewhere' });
    await world.clock.advance(1_000);
    expect(world.registry.get('camera0')?.source.locator).to.equal('elsewhere');
    expect(world.probe.control.calls()).to.equal(2);
  });

  it('takes reports of its life, says each change once, and none of a camera that is gone', async () => {
    await world.plug();
    world.registry.report('camera0', 'ERROR', 'frozen');
    world.registry.report('camera0', 'ERROR', 'frozen');
    world.registry.report('camera0', 'CONNECTED');
    await world.unplug();
    world.registry.report('camera0', 'ERROR', 'gone');
    world.registry.report('nobody', 'ERROR', 'gone');
    expect(changes().slice(1)).to.deep.equal([
      'status camera0 ERROR',
      'status camera0 CONNECTED',
      'disconnected camera0 DISCONNECTED',
    ]);
  });

  it('asks a camera again of which only bad is known', async () => {
    await world.plug();
    world.registry.recheck('camera0');
    await world.clock.advance(10_000);
    expect(world.probe.control.calls()).to.equal(1);
    world.registry.report('camera0', 'ERROR', 'lost');
    world.registry.recheck('camera0');
    await world.clock.advance(5_000);
    expect(world.registry.get('camera0')?.status).to.equal('CONNECTED');
  });

  it('keeps identifiers over a restart', async () => {
    await world.plug(1);
    await world.plug(2);
    await world.stop();
    const { state } = world;
    await begin({ state });
    expect((await world.plug(2)).id).to.equal('camera1');
    expect((await world.plug(3)).id).to.equal('camera2');
  });

  it('starts anew with a damaged document, and says so', async () => {
    await world.stop();
    for (const damage of [
      '{"cameras": [',
      '{"cameras": [{"id": "camera7"}, {"id": "x", "kind": "memory", "name": "n", "hints": null}]}',
    ]) {
      world.state.damage('cameras.identities', damage);
      const { state } = world;
      await begin({ state });
      expect((await world.plug(1)).id).to.equal('camera0');
      await world.stop();
    }
  });

  it('goes on without a state store that can write', async () => {
    world.state.write = () => Promise.reject(new PortError('STORAGE_FULL'));
    await world.plug();
    await world.clock.advance(0);
    expect(world.registry.get('camera0')?.status).to.equal('CONNECTED');
    expect(world.log.lines().map(({ message }) => message)).to.include(
      'the known cameras could not be stored',
    );
  });

  it('never binds a camera of which it cannot be sure, and does not let frames change that', async () => {
    const anonymous = { serial: '' };
    await world.plug(1, { ...anonymous, portPath: 'p1' });
    await world.plug(2, { ...anonymous, portPath: 'p2' });
    await world.unplug(1);
    await world.unplug(2);
    const camera = await world.plug(3, { ...anonymous, portPath: 'p3' });
    expect(camera).to.include({ id: 'camera2', status: 'ERROR' });
    expect(camera.reason).to.match(/ambiguous: .*camera0, camera1/);
    expect(camera.format).to.equal(undefined);
    world.source.control.change(device(3, { ...anonymous, portPath: 'p3' }));
    await world.clock.advance(10_000);
    expect(world.registry.get('camera2')?.status).to.equal('ERROR');
  });

  it('ignores devices that no assignment rule is for', async () => {
    await world.stop();
    await begin({ assignments: [{ id: 'front', serial: 'M2' }] });
    world.source.control.plug(device(1));
    expect((await world.plug(2)).id).to.equal('front');
    expect(world.registry.list()).to.have.length(1);
  });

  it('gives up a probe that hangs', async () => {
    world.probe.probe = (_source, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          reject(signal.reason as Error);
        });
      });
    world.source.control.plug(device(1));
    await world.clock.advance(5_100);
    expect(world.registry.get('camera0')?.reason).to.equal('the camera did not respond in time');
  });

  it('knows nothing of sources that it has not begun to watch, or does not have', () => {
    const idle = new CoreWorld().registry;
    expect(idle.hearing('memory')).to.deep.equal({ state: 'watches', wasFirst: false });
    expect(world.registry.hearing('nobody')).to.deep.equal({ state: 'watches', wasFirst: false });
  });

  it('takes no report of being busy of a camera that is not here', async () => {
    await world.plug();
    await world.unplug();
    world.registry.reportBusy('camera0', 'zoom');
    world.registry.reportBusy('nobody');
    await world.clock.advance(5_000);
    expect(changes().slice(1)).to.deep.equal(['disconnected camera0 DISCONNECTED']);
    expect(await world.registry.confirm('nobody')).to.equal(undefined);
  });

  it('takes in what changes about a device before it is asked, and asks the one that it is then', async () => {
    world.source.control.plug(device(1));
    await world.clock.advance(10);
    world.source.control.change({ ...device(1), name: 'renamed', locator: 'elsewhere' });
    await world.clock.advance(100);
    expect(changes()).to.deep.equal(['connected camera0 CONNECTED']);
    expect(world.registry.get('camera0')).to.include({ name: 'renamed' });
    expect(world.registry.get('camera0')?.source.locator).to.equal('elsewhere');
  });

  it('does not announce what goes while it is asked', async () => {
    const { probe } = world.probe;
    let answer: () => void = () => undefined;
    world.probe.probe = async (source, signal) => {
      await new Promise<void>((resolve) => (answer = resolve));
      return await probe.call(world.probe, source, signal);
    };
    world.source.control.plug(device(1));
    await world.clock.advance(100);
    await world.unplug();
    answer();
    await world.clock.advance(1_000);
    expect(changes()).to.deep.equal([]);
  });

  it('leaves nothing behind when it stops', async () => {
    world.probe.control.set('memory:1', new PortError('DEVICE_BUSY'));
    await world.plug();
    await world.stop();
    expect(world.clock.pending).to.equal(0);
  });
});
