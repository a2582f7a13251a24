import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { expect } from 'chai';
import { SimulatedCamera } from './simulated-camera.js';

const signal = (): AbortSignal => AbortSignal.timeout(5000);

describe('probing a simulated driver', () => {
  const camera = new SimulatedCamera();
  beforeEach(() => camera.plug());
  afterEach(async () => {
    expect(camera.isLeft(), 'left behind').to.equal(false);
    await camera.remove();
  });

  it('tells discrete and stepwise sizes and rates', async () => {
    const { formats, card, bus } = await camera.probe().probe(camera.source(), signal());
    expect([card, bus]).to.deep.equal(['Simulated Camera', 'usb-simulated-1']);
    const [jpeg, raw] = formats;
    expect(jpeg?.sizes).to.deep.equal([
      { width: 320, height: 240, fps: [30, 15] },
      { width: 640, height: 480, fps: [30, 15] },
    ]);
    expect(raw?.sizes.map((s) => `${String(s.width)}x${String(s.height)}`)).to.include.members([
      '160x120',
      '640x480',
    ]);
    expect(raw?.sizes[0]?.fps).to.deep.equal([30, 25, 24, 20, 15, 10, 5]);
  });

  it('tells controls with ranges and menus, without classes and disabled ones', async () => {
    const { controls } = await camera.probe().probe(camera.source(), signal());
    expect(controls).to.deep.equal([
      { name: 'Brightness', type: 'integer', minimum: -10, maximum: 10, step: 1, default: 0 },
      { name: 'Mode', type: 'menu', minimum: 0, maximum: 2, step: 1, default: 0, menu: ['Auto', 'Manual'] },
    ]);
  });

  const refusals = [
    ['a metadata node', 0x0480_0000, 'not_capture'],
    ['an output node', 0x0400_0002, 'not_capture'],
    ['a node with several planes', 0x0400_1000, 'multiplanar'],
  ] as const;
  for (const [what, caps, reason] of refusals) {
    it(`refuses ${what}`, async () => {
      camera.driver.caps = caps;
      const error: unknown = await camera
        .probe()
        .probe(camera.source(), signal())
        .catch((e: unknown) => e);
      expect(error).to.include({ code: 'DEVICE_UNSUPPORTED' });
      expect(error).to.have.nested.property('detail.reason', reason);
    });
  }

  it('refuses a node without a single format', async () => {
    camera.driver.formats = [];
    const error: unknown = await camera
      .probe()
      .probe(camera.source(), signal())
      .catch((e: unknown) => e);
    expect(error).to.have.nested.property('detail.reason', 'not_capture');
  });

  it('tells who has the camera, and leaves it alone', async () => {
    const free = (): Promise<void> | undefined => camera.probe().requireFree?.(camera.source(), signal());
    await free();
    camera.fail('STREAMON', 'EIO');
    await free();
    camera.occupy();
    const node = openSync(camera.source().locator, 'r');
    const holder = spawn('sleep', ['60'], { stdio: [node, 'ignore', 'ignore'] });
    closeSync(node);
    try {
      const error: unknown = await free()?.catch((e: unknown) => e);
      expect(error).to.include({ code: 'DEVICE_BUSY' });
      const name = `sleep (pid ${String(holder.pid)})`;
      expect(error).to.have.nested.property('detail.holder', name);
    } finally {
      holder.kill('SIGKILL');
    }
  });

  it('takes a camera that cannot be asked for free', async () => {
    for (const errno of ['EINVAL', 'ENOTTY'] as const) {
      camera.fail('REQBUFS', errno);
      await camera.probe().requireFree?.(camera.source(), signal());
    }
  });

  it('never streams', async () => {
    camera.fail('STREAMON', 'EIO');
    camera.fail('REQBUFS', 'EIO');
    await camera.probe().probe(camera.source(), signal());
  });
});
