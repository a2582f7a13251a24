/** Raw pictures, and faults that only a driver can make: the kernel's virtual camera `vivid`. */
import { expect } from 'chai';
import codec from '@julusian/jpeg-turbo';
import type { SourceDescriptor } from '../../ports/device-event-source.js';
import { guest } from './hooks.js';
import { RemoteAdapters } from './host/remote-adapters.js';
import { VIVID_NODE, disconnectVivid, loadVivid, unloadVivid } from './host/vivid.js';

const source: SourceDescriptor = {
  key: `v4l2:${VIVID_NODE}`,
  kind: 'v4l2',
  locator: VIVID_NODE,
  name: 'vivid',
  hints: {},
};
const signal = (): AbortSignal => AbortSignal.timeout(30_000);

describe('vivid', function () {
  this.timeout(120_000);
  let adapters: RemoteAdapters;
  before(async () => {
    await loadVivid();
    adapters = await RemoteAdapters.start(guest());
  });
  after(async () => {
    await adapters.close();
    await unloadVivid();
  });

  const set = (name: string, value = 1): Promise<void> => adapters.control({ node: VIVID_NODE, name, value });
  const grab = (pixelFormat: string, warmUpFrames = 1) =>
    adapters.grabber.grab(
      { source, format: { pixelFormat, width: 320, height: 180, fps: 15 }, warmUpFrames },
      signal(),
    );
  const failure = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error);

  it('every raw format becomes the same picture', async () => {
    // The second of eight colour bars, right of the text, is yellow.
    for (const format of ['YUYV', 'YVYU', 'UYVY', 'NV12', 'NV21']) {
      const { jpeg } = await grab(format);
      const { data } = codec.decompressSync(Buffer.from(jpeg), { format: codec.FORMAT_RGB });
      const at = (3 * 320 + 60) * 3;
      const [red = 0, green = 0, blue = 255] = data.subarray(at, at + 3);
      expect([red > 150, green > 150, blue < 60], `${format} ${String([red, green, blue])}`).to.deep.equal([
        true,
        true,
        true,
      ]);
    }
    const grey = await grab('GREY');
    expect([grey.width, grey.height]).to.deep.equal([320, 180]);
  });

  it('pictures with an error flag are passed over', async () => {
    const taken = grab('YUYV', 20);
    await set('Inject V4L2_BUF_FLAG_ERROR');
    expect((await taken).width).to.equal(320);
  });

  it('a camera that drops half of its pictures still gives one', async () => {
    await set('Percentage of Dropped Buffers', 50);
    expect((await grab('YUYV', 5)).sequence).to.be.greaterThan(5);
    await set('Percentage of Dropped Buffers', 0);
  });

  it('refusals of the driver are told, and leave nothing open', async () => {
    for (const name of [
      'Inject VIDIOC_REQBUFS Error',
      'Inject VIDIOC_QBUF Error',
      'Inject VIDIOC_STREAMON Error',
    ]) {
      await set(name);
      expect(await failure(grab('YUYV')), name)
        .to.have.property('code')
        .that.matches(/^DEVICE_/);
      expect(adapters.openNodes, name).to.equal(0);
      expect((await grab('YUYV')).width, name).to.equal(320);
    }
  });

  it('ENODEV without a uevent is DEVICE_GONE', async () => {
    await disconnectVivid();
    expect(await failure(adapters.probe.probe(source, signal()))).to.include({ code: 'DEVICE_GONE' });
    expect(await failure(grab('YUYV'))).to.include({ code: 'DEVICE_GONE' });
    expect(adapters.openNodes).to.equal(0);
  });
});
