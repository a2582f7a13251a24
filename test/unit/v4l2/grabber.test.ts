import { expect } from 'chai';
import codec from '@julusian/jpeg-turbo';
import { STANDARD_TABLES } from '../../../adapters/_shared/jpeg-tables.js';
import type { V4l2GrabberOptions } from '../../../adapters/frame-grabber/v4l2/v4l2-grabber.js';
import { SimulatedCamera, jpegOf } from './simulated-camera.js';

const SIZE = 320 * 240;
const signal = (): AbortSignal => AbortSignal.timeout(5000);

/** The colour in the middle of a JPEG. */
function middle(jpeg: Uint8Array): readonly number[] {
  const { data, width, height } = codec.decompressSync(Buffer.from(jpeg), { format: codec.FORMAT_RGB });
  const at = ((height >> 1) * width + (width >> 1)) * 3;
  return [...data.subarray(at, at + 3)];
}

describe('grabbing from a simulated driver', () => {
  const camera = new SimulatedCamera();
  beforeEach(() => camera.plug());
  afterEach(async () => {
    expect(camera.isLeft(), 'left behind').to.equal(false);
    await camera.remove();
  });

  const grab = (format = 'MJPG', options: V4l2GrabberOptions = {}) =>
    camera.grabber(options).grab(camera.request(format), signal());
  const failure = async (format?: string, options?: V4l2GrabberOptions): Promise<unknown> =>
    grab(format, options).then(
      () => expect.fail('a picture came'),
      (error: unknown) => error,
    );

  // Pure red in limited BT.601: Y 81, U 90, V 240.
  const raw: readonly (readonly [string, Buffer])[] = [
    ['YUYV', Buffer.alloc(SIZE * 2, Buffer.from([81, 90, 81, 240]))],
    ['YVYU', Buffer.alloc(SIZE * 2, Buffer.from([81, 240, 81, 90]))],
    ['UYVY', Buffer.alloc(SIZE * 2, Buffer.from([90, 81, 240, 81]))],
  ];
  for (const [format, bytes] of raw) {
    it(`makes a red picture of red ${format}`, async () => {
      camera.driver.formats = [format];
      camera.driver.picture = () => ({ bytes });
      const [red = 0, green = 0, blue = 0] = middle((await grab(format)).jpeg);
      expect(red).to.be.greaterThan(245);
      expect(green).to.be.lessThan(10);
      expect(blue).to.be.lessThan(10);
    });
  }

  it('leaves out dark, torn, short and flagged first pictures', async () => {
    const dark = jpegOf(0);
    const whole = jpegOf(128);
    const pictures = [
      { bytes: dark },
      { bytes: whole.subarray(0, 500) },
      { bytes: Buffer.alloc(0) },
      { bytes: whole, isFlagged: true },
      { bytes: Buffer.concat([whole.subarray(0, 700), whole.subarray(-2)]) },
    ];
    camera.driver.picture = (n) => pictures[n] ?? { bytes: whole };
    const { jpeg, sequence } = await grab();
    expect(sequence).to.equal(6);
    expect(Buffer.from(jpeg)).to.deep.equal(whole);
  });

  it('takes a dark picture when all are: it is night', async () => {
    const dark = jpegOf(0);
    camera.driver.picture = () => ({ bytes: dark });
    expect((await grab('MJPG', { darkFrames: 3 })).sequence).to.equal(4);
  });

  const whole = jpegOf(128);
  const stale = jpegOf(200);
  const behind: readonly (readonly [string, Buffer])[] = [
    ['zeros', Buffer.alloc(64)],
    ['ones', Buffer.alloc(64, 0xff)],
    ['zeros and ones', Buffer.from([0, 0xff, 0, 0, 0xff, 0xff, 0])],
    ['anything', Buffer.from('any text')],
    ['the end of an earlier picture', stale.subarray(-300)],
    ['the beginning of an earlier picture', stale.subarray(0, 300)],
    ['the picture once more', whole],
  ];
  for (const [what, bytes] of behind) {
    it(`takes away what some cameras leave behind the end: ${what}`, async () => {
      camera.driver.picture = () => ({ bytes: Buffer.concat([whole, bytes]) });
      const { jpeg, sequence } = await grab();
      expect(Buffer.from(jpeg)).to.deep.equal(whole);
      expect(sequence, 'the first one is taken').to.equal(1);
    });
  }

  it('adds the end that some cameras leave out, and takes no torn picture for that', async () => {
    const unended = whole.subarray(0, -2);
    const torn = whole.subarray(0, -40);
    const pictures = [
      torn,
      Buffer.concat([torn, Buffer.alloc(8)]),
      Buffer.concat([unended, Buffer.alloc(8)]),
    ];
    camera.driver.picture = (n) => ({ bytes: pictures[n] ?? stale });
    const { jpeg, sequence } = await grab();
    expect(sequence).to.equal(3);
    expect(Buffer.from(jpeg)).to.deep.equal(whole);
  });

  it('never takes a thumbnail for the picture', async () => {
    const thumbnail = jpegOf(10);
    const size = thumbnail.length + 2;
    const head = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe1, size >> 8, size & 255]), thumbnail]);
    const good = Buffer.concat([head, whole.subarray(2)]);
    const pictures = [head, Buffer.concat([head, Buffer.from([1, 2, 3, 4])]), good.subarray(20)];
    camera.driver.picture = (n) => ({ bytes: pictures[n] ?? good });
    const { jpeg, sequence } = await grab();
    expect(sequence).to.equal(4);
    expect(Buffer.from(jpeg)).to.deep.equal(good);
  });

  it('puts in the Huffman tables that some cameras leave out', async () => {
    const bare = withoutTables(whole);
    expect(bare.includes(STANDARD_TABLES)).to.equal(false);
    camera.driver.picture = () => ({ bytes: Buffer.concat([bare, Buffer.alloc(9)]) });
    const { jpeg } = await grab();
    expect(Buffer.from(jpeg).includes(STANDARD_TABLES)).to.equal(true);
    expect(codec.decompressSync(Buffer.from(jpeg), { format: codec.FORMAT_GRAY })).to.include({ width: 320 });
  });

  it('says NO_FRAME when nothing comes, and nothing but torn pictures comes', async () => {
    camera.driver.isFrozen = true;
    expect(await failure('MJPG', { timeoutMs: 150 })).to.include({ code: 'NO_FRAME' });
    camera.driver.isFrozen = false;
    camera.driver.picture = () => ({ bytes: jpegOf(128).subarray(0, 300) });
    expect(await failure('MJPG', { timeoutMs: 150 })).to.include({ code: 'NO_FRAME' });
  });

  it('refuses formats that it cannot read or the camera does not deliver', async () => {
    expect(await failure('NV12')).to.have.nested.property('detail.reason', 'format_refused');
    camera.driver.formats = ['H264'];
    expect(await failure('H264')).to.have.nested.property('detail.reason', 'pixel_format');
  });

  it('takes a still of the same size from a camera that streams H.264', async () => {
    camera.driver.formats = ['H264', 'MJPG'];
    expect(await grab('H264')).to.include({ width: 320, height: 240 });
  });

  const refusals = [
    ['STREAMON', 'ENOSPC', 'DEVICE_UNSUPPORTED'],
    ['STREAMON', 'EBUSY', 'DEVICE_BUSY'],
    ['DQBUF', 'ENODEV', 'DEVICE_GONE'],
    ['DQBUF', 'EINVAL', 'DEVICE_GONE'],
    ['QBUF', 'ENODEV', 'DEVICE_GONE'],
    ['QUERYCAP', 'ENOTTY', 'DEVICE_UNSUPPORTED'],
    ['S_FMT', 'EIO', 'DEVICE_UNSUPPORTED'],
  ] as const;
  for (const [name, errno, code] of refusals) {
    it(`turns ${errno} of ${name} into ${code}`, async () => {
      camera.fail(name, errno);
      expect(await failure()).to.have.property('code', code);
    });
  }

  it('says that ENOSPC is the USB bus, and may pass', async () => {
    camera.fail('STREAMON', 'ENOSPC');
    const error = await failure();
    expect(error).to.include({ retryable: true }).and.have.nested.property('detail.reason', 'usb_bandwidth');
  });

  it('goes on after EIO of a single picture', async () => {
    camera.fail('DQBUF', 'EIO');
    setTimeout(() => camera.driver.failures.delete('DQBUF'), 30);
    expect((await grab()).width).to.equal(320);
  });
});

/** A JPEG without its DHT segments. */
function withoutTables(jpeg: Buffer): Buffer {
  const kept: Buffer[] = [jpeg.subarray(0, 2)];
  let at = 2;
  while (jpeg[at + 1] !== 0xda) {
    const end = at + 2 + jpeg.readUInt16BE(at + 2);
    if (jpeg[at + 1] !== 0xc4) kept.push(jpeg.subarray(at, end));
    at = end;
  }
  return Buffer.concat([...kept, jpeg.subarray(at)]);
}
