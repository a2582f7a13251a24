import { expect } from 'chai';
import { parseUevent } from '../../../adapters/device-event-source/udev/uevent.js';
import { takeInventory } from '../../../adapters/_shared/v4l2/inventory.js';
import { textAt } from '../../../adapters/_shared/v4l2/layout.js';
import { FakeTree } from '../v4l2/fake-tree.js';
import { expectLinear, expectLinearText } from '../../worlds/growth.js';

/** As a udev daemon sends it: a head that says where the properties are. */
function fromUdev(properties: string): Buffer {
  const head = Buffer.alloc(40);
  head.write('libudev\0', 'latin1');
  head.writeUInt32BE(0xfeedcafe, 8);
  head.writeUInt32LE(head.length, 16);
  head.writeUInt32LE(properties.length, 20);
  return Buffer.concat([head, Buffer.from(properties, 'latin1')]);
}

describe('what a device says, whatever it is', function () {
  this.timeout(120_000);

  it('costs in proportion to its length: uevents', async () => {
    for (const around of [
      ['', ''],
      ['add@/', '\0ACTION=add'],
      ['add@/x\0', '\0SUBSYSTEM=video4linux\0ACTION=add\0'],
      ['add@/x\0', '\0SUBSYSTEM=video4linux'],
    ] as const) {
      await expectLinearText((text) => parseUevent(Buffer.from(text, 'latin1')), { around });
      await expectLinearText((text) => parseUevent(fromUdev(text)), { around });
    }
    const message = `${'\0ACTION'.repeat(1_000)}\0ACTION=add\0SUBSYSTEM=video4linux`;
    expect(parseUevent(fromUdev(message))).to.deep.equal({
      ...{ action: 'add', subsystem: 'video4linux', origin: 'udev' },
    });
  });

  it('costs in proportion to its length: texts of V4L2', async () => {
    await expectLinearText((text) => {
      const bytes = Buffer.from(text);
      return textAt(bytes, 0, bytes.length);
    });
  });

  it('costs in proportion to its length: sysfs', async () => {
    const sizes = [16_384, 65_536];
    for (const pump of ['a', ': ', 'a: ', 'a: a', '\n', ' ', '/', '\0', 'é']) {
      const trees = new Map<number, FakeTree>();
      for (const size of sizes) {
        const tree = await FakeTree.create();
        const text = pump.repeat(Math.ceil(size / pump.length));
        await tree.plug({ nodes: ['video0', 'video1'], port: 2, product: text, serial: text });
        await tree.plugPlatform('video7', 0, text);
        trees.set(size, tree);
      }
      const make = (size: number): FakeTree => trees.get(size)!;
      const run = ({ dev, sys }: FakeTree) => takeInventory({ directory: dev, sysfs: sys });
      await expectLinear({ make, run, largest: 65_536 }, JSON.stringify(pump));
      expect(await run(make(65_536))).to.have.length(2);
      for (const tree of trees.values()) await tree.remove();
    }
  });

  it('costs in proportion to its number: nodes in a folder, known or not, of one device or of many', async () => {
    const sizes = [30, 120];
    const trees = new Map<number, FakeTree>();
    for (const size of sizes) {
      const tree = await FakeTree.create();
      const names = (from: number) => Array.from({ length: size }, (_, n) => `video${String(from + n)}`);
      await tree.plug({ nodes: names(0), port: 1, serial: 'one' });
      for (const [port, node] of names(1_000).entries()) await tree.plug({ nodes: [node], port: port + 2 });
      trees.set(size, tree);
    }
    const make = (size: number): FakeTree => trees.get(size)!;
    const run = ({ dev, sys }: FakeTree) => takeInventory({ directory: dev, sysfs: sys });
    expect(await run(make(120))).to.have.length(121);
    await expectLinear({ make, run, largest: 120 }, 'nodes');
    for (const tree of trees.values()) await tree.remove();
  });
});
