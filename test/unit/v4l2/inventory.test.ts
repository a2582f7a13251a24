import { expect } from 'chai';
import { takeInventory } from '../../../adapters/_shared/v4l2/inventory.js';
import type { SourceDescriptor } from '../../../ports/device-event-source.js';
import { FakeTree } from './fake-tree.js';

describe('inventory of V4L2 nodes', () => {
  let tree: FakeTree;
  beforeEach(async () => {
    tree = await FakeTree.create();
  });
  afterEach(() => tree.remove());

  const sources = async (): Promise<readonly SourceDescriptor[]> =>
    (await takeInventory({ directory: tree.dev, sysfs: tree.sys })).map((p) => p.source);

  it('makes one camera of the nodes of one USB interface and says what is known of it', async () => {
    await tree.plug({ nodes: ['video2', 'video3'], port: 4, serial: 'A1', product: 'HD Pro Webcam C920' });
    expect(await sources()).to.deep.equal([
      {
        key: `v4l2:${tree.dev}/video2`,
        kind: 'v4l2',
        locator: `${tree.dev}/video2`,
        name: 'HD Pro Webcam C920',
        hints: {
          vendorId: '046d',
          productId: '0825',
          serial: 'A1',
          portPath: 'usb-0000:00:14.0-4',
        },
        siblings: [`${tree.dev}/video3`],
      },
    ]);
  });

  it('tells two cameras of one USB device apart by their interface', async () => {
    await tree.plug({ nodes: ['video0', 'video1'], port: 1 });
    await tree.plug({ nodes: ['video2', 'video3'], port: 1, usbInterface: 2 });
    const found = await sources();
    expect(found.map((s) => s.hints.portPath)).to.have.members([
      'usb-0000:00:14.0-1',
      'usb-0000:00:14.0-1:1.2',
    ]);
    expect(found.map((s) => s.hints.usbInterface)).to.have.members([undefined, '1.2']);
  });

  it('keeps virtual cameras of one driver apart', async () => {
    await tree.plugPlatform('video0', 0, 'vivid-000-vid-cap');
    await tree.plugPlatform('video1', 0, 'vivid-001-vid-cap');
    const found = await sources();
    expect(found.map((s) => s.name)).to.have.members(['vivid-000-vid-cap', 'vivid-001-vid-cap']);
    expect(new Set(found.map((s) => s.hints.portPath)).size).to.equal(2);
  });

  it('leaves out a camera that is just going, rather than to take it for another one', async () => {
    const camera = { nodes: ['video0', 'video1'], port: 1, serial: 'A1' };
    await tree.plug(camera);
    await tree.beginUnplug(camera);
    expect(await sources()).to.deep.equal([]);
  });

  it('leaves out a node that the kernel no longer knows', async () => {
    const camera = { nodes: ['video0'], port: 1 };
    await tree.plug(camera);
    await tree.unplug(camera);
    const { writeFile } = await import('node:fs/promises');
    await writeFile(`${tree.dev}/video0`, '');
    expect(await sources()).to.deep.equal([]);
  });

  it('takes nodes at their word where there is no sysfs', async () => {
    await tree.plug({ nodes: ['video0'], port: 1 });
    const found = await takeInventory({ directory: tree.dev, sysfs: `${tree.root}/none` });
    expect(found.map((p) => p.source.name)).to.deep.equal(['video0']);
  });
});
