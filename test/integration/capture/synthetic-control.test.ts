import { expect } from 'chai';
import { faultsOfSizes, SYNTHETIC_OPTIONS } from '../../../adapters/device-event-source/synthetic/options.js';
import { faultsIn } from '../../../core/validation/json-schema.js';
import { createConnection } from 'node:net';
import { sendSyntheticCommand } from '../../../adapters/device-event-source/synthetic/control-socket.js';
import { JpegSplitter } from '../../../adapters/_shared/jpeg-splitter.js';
import { poll } from '../../worlds/bare-mediamtx.js';
import { openSyntheticWorld, SMALL_CAMERA, type SyntheticWorld } from '../../worlds/synthetic.js';

describe('device-event-source/synthetic, driven from outside', function () {
  this.timeout(30_000);
  let world: SyntheticWorld;
  beforeEach(async () => void (world = await openSyntheticWorld()));
  afterEach(() => world.close());

  it('unplugs and plugs on command', async () => {
    await sendSyntheticCommand(world.runDir, { action: 'unplug', camera: 1 });
    await poll(() => world.events.length === 1, 2000);
    await sendSyntheticCommand(world.runDir, { action: 'plug', camera: 1 });
    await poll(() => world.events.length === 2, 2000);
    expect(world.events.map(({ type }) => type)).to.deep.equal(['removed', 'added']);
  });

  it('refuses commands for cameras that do not exist, and goes on', async () => {
    const error = await sendSyntheticCommand(world.runDir, { action: 'freeze', camera: 9 }).catch(
      (one: unknown) => one,
    );
    expect(error).to.have.property('code', 'OPTION_INVALID');
    await sendSyntheticCommand(world.runDir, { action: 'thaw', camera: 1 });
  });

  it('says when no service is there', async () => {
    const error = await sendSyntheticCommand('/nonexistent', { action: 'plug', camera: 1 }).catch(
      (one: unknown) => one,
    );
    expect(error).to.have.property('code', 'SOURCE_UNAVAILABLE');
  });

  it('gives its pictures to one program at a time', async () => {
    const path = world.sources[0]?.locator ?? '';
    const first = createConnection(path);
    const splitter = new JpegSplitter(1024 * 1024);
    await new Promise<void>((resolve) =>
      first.on('data', (chunk) => splitter.push(chunk).length > 0 && resolve()),
    );
    const second = createConnection(path);
    let bytes = 0;
    second.on('data', (chunk) => (bytes += chunk.length));
    await new Promise((resolve) => second.once('close', resolve));
    expect(bytes).to.equal(0);
    first.destroy();
  });

  it('refuses senseless options at once, with the option and its rule', () => {
    for (const wrong of [{ fps: 0 }, { width: 641 }, { height: 10 }, { name: '' }]) {
      const cameras = [{ ...SMALL_CAMERA, ...wrong }];
      const told = [...faultsIn(SYNTHETIC_OPTIONS, { cameras }), ...faultsOfSizes(cameras)];
      expect(JSON.stringify(told), Object.keys(wrong)[0]).to.contain(Object.keys(wrong)[0]);
    }
  });
});
