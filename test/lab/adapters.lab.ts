/** The contract suites of the V4L2 adapters, against the kernel's own uvcvideo driver. */
import { expect } from 'chai';
import { join, resolve } from 'node:path';
import { cameraProbeContract } from '../contract/camera-probe.contract.js';
import { deviceEventSourceContract } from '../contract/device-event-source.contract.js';
import { frameGrabberContract } from '../contract/frame-grabber.contract.js';
import type { SourceDescriptor } from '../../ports/device-event-source.js';
import { until } from '../worlds/media.js';
import { guest } from './hooks.js';
import { FakeUvcCamera } from './host/fake-uvc.js';
import { videoFolder } from './host/guest.js';
import { LAB_DIR } from './host/places.js';
import { readStamp, testPictures, tornAtFirst } from './host/pictures.js';
import { RemoteAdapters } from './host/remote-adapters.js';
import type { SourceSpec } from './host/wire.js';

const WITHIN_MS = 30_000;
/** No looks of their own: what they tell they must have heard. */
const QUIET = { directory: '/dev', sysfs: '/sys', interval_ms: 600_000, permission_grace_ms: 2_000 };
const UDEV: SourceSpec = {
  plugin: join(LAB_DIR, 'guest/plugins/udev.mjs'),
  name: 'udev',
  config: QUIET,
};
const FSNOTIFY_POLL: SourceSpec = {
  plugin: join(LAB_DIR, 'guest/plugins/fsnotify-poll.mjs'),
  name: 'fsnotify-poll',
  config: QUIET,
};

/** The source that the caller wants to see in the lab. */
function thirdParty(): readonly SourceSpec[] {
  const plugin = process.env['CAMERA_SERVICE_LAB_PLUGIN'];
  if (plugin === undefined) return [];
  const name = process.env['CAMERA_SERVICE_LAB_SOURCE'];
  if (name === undefined) throw new Error('CAMERA_SERVICE_LAB_SOURCE names the source of the plugin');
  const config = JSON.parse(process.env['CAMERA_SERVICE_LAB_CONFIG'] ?? '{}') as SourceSpec['config'];
  return [{ plugin: resolve(plugin), name, config }];
}

/** A guest with cameras and with the adapters running in it, made when first needed. */
class AdapterWorld {
  readonly withinMs = WITHIN_MS;
  readonly #cameras = new Map<number, FakeUvcCamera>();
  #adapters: Promise<RemoteAdapters> | undefined;
  #openNodes = (): number => 0;

  async adapters(): Promise<RemoteAdapters> {
    this.#adapters ??= RemoteAdapters.start(guest());
    const adapters = await this.#adapters;
    this.#openNodes = () => adapters.openNodes;
    return adapters;
  }

  /** Plugs a camera in and waits for its nodes. */
  async plug(
    n: number,
    camera = new FakeUvcCamera({ picture: testPictures(), serial: `S${String(n)}` }),
  ): Promise<void> {
    await this.adapters();
    this.#cameras.set(n, camera);
    await guest().plug(camera, n - 1);
    await guest().waitForPath(videoFolder(n - 1), WITHIN_MS);
  }

  async unplug(n = 1): Promise<void> {
    this.#cameras.get(n)?.unplug();
    await guest().waitUntilGone(videoFolder(n - 1), WITHIN_MS);
  }

  async source(): Promise<SourceDescriptor> {
    if (!this.#cameras.has(1)) await this.plug(1);
    const [locator = ''] = await guest().nodes();
    return { key: `v4l2:${locator}`, kind: 'v4l2', locator, name: 'camera', hints: {} };
  }

  /** Another program streams from the first camera. */
  async occupy(): Promise<void> {
    const { locator } = await this.source();
    const { id } = await guest().spawn([process.execPath, `${LAB_DIR}/guest/adapters.mjs`, 'hold', locator]);
    const isHeld = async (): Promise<boolean> => {
      const { stdout, stderr, running } = await guest().process(id);
      if (!running) throw new Error(stderr);
      return stdout !== '';
    };
    await until('another program that streams', isHeld, WITHIN_MS);
  }

  async freeze(): Promise<void> {
    await this.source();
    for (const camera of this.#cameras.values()) camera.frozen = true;
  }

  isLeft(): boolean {
    return this.#openNodes() > 0;
  }

  /** Empties the guest. The program with the adapters stays, because its start takes longer than most cases. */
  async reset(): Promise<void> {
    this.#cameras.clear();
    await guest().reset();
  }

  async takeLog(): Promise<readonly string[]> {
    return (await this.#adapters)?.takeLog() ?? [];
  }

  async close(): Promise<void> {
    await (await this.#adapters)?.close();
  }
}

const format = { pixelFormat: 'MJPG', width: 320, height: 240, fps: 15 };

describe('V4L2 adapters on a real kernel', () => {
  const world = new AdapterWorld();
  const { withinMs } = world;
  const outside = {
    plug: (n: number) => world.plug(n),
    unplug: (n?: number) => world.unplug(n),
    occupy: () => world.occupy(),
    freeze: () => world.freeze(),
    reset: () => world.reset(),
    isLeft: () => world.isLeft(),
    withinMs,
  };
  afterEach(async function () {
    const lines = await world.takeLog();
    if (this.currentTest?.state === 'failed') console.log(lines.join('\n'));
  });
  after(() => world.close());

  for (const spec of [UDEV, FSNOTIFY_POLL, ...thirdParty()]) {
    deviceEventSourceContract(spec.name, {
      ...outside,
      create: async () => (await world.adapters()).source(spec),
    });
  }

  cameraProbeContract('v4l2', {
    ...outside,
    create: async () => (await world.adapters()).probe,
    source: () => world.source(),
  });

  frameGrabberContract('v4l2', {
    ...outside,
    create: async () => (await world.adapters()).grabber,
    request: async () => ({ source: await world.source(), format, warmUpFrames: 0 }),
  });

  describe('what only a kernel shows', () => {
    const signal = (): AbortSignal => AbortSignal.timeout(withinMs);
    afterEach(() => world.reset());

    it('refuses the metadata node of a camera', async () => {
      const { probe } = await world.adapters();
      const source = await world.source();
      const [, other] = await guest().nodes();
      const error = await probe
        .probe({ ...source, locator: String(other) }, signal())
        .catch((e: unknown) => e);
      expect(error).to.include({ code: 'DEVICE_UNSUPPORTED' });
      expect(error).to.have.nested.property('detail.reason', 'not_capture');
    });

    it('tells formats, sizes, rates and controls of a UVC camera', async () => {
      const { probe } = await world.adapters();
      const { driver, formats, controls } = await probe.probe(await world.source(), signal());
      expect(driver).to.equal('uvcvideo');
      expect(formats.map((f) => [f.pixelFormat, f.compressed])).to.deep.equal([
        ['MJPG', true],
        ['H264', true],
        ['YUYV', false],
      ]);
      expect(formats[0]?.sizes[1]).to.deep.equal({ width: 640, height: 480, fps: [30, 15, 10, 5] });
      const range = { type: 'integer', minimum: 0, maximum: 255, step: 1, default: 128 };
      expect(controls).to.deep.include({ name: 'Brightness', ...range });
    });

    it('never takes a torn picture, and hands the first whole one over unchanged', async () => {
      const camera = new FakeUvcCamera({ picture: tornAtFirst(testPictures('torn'), 3), startDelayMs: 200 });
      await world.plug(1, camera);
      const { grabber } = await world.adapters();
      const { jpeg, width, height } = await grabber.grab(
        { source: await world.source(), format, warmUpFrames: 0 },
        signal(),
      );
      expect(readStamp(jpeg)).to.include({ label: 'torn', n: 3 });
      expect([width, height]).to.deep.equal([320, 240]);
    });

    it('names the program that holds the camera', async () => {
      const { grabber } = await world.adapters();
      const source = await world.source();
      await world.occupy();
      const error = await grabber
        .grab({ source, format, warmUpFrames: 0 }, signal())
        .catch((e: unknown) => e);
      expect(error).to.include({ code: 'DEVICE_BUSY' });
      expect(error)
        .to.have.nested.property('detail.holder')
        .that.matches(/^node \(pid \d+\)$/);
    });

    it('says DEVICE_GONE and closes the node when the camera is pulled in the middle', async () => {
      const camera = new FakeUvcCamera({ picture: testPictures() });
      await world.plug(1, camera);
      const { grabber } = await world.adapters();
      const request = { source: await world.source(), format, warmUpFrames: 1000 };
      camera.once('streaming', () => setTimeout(() => camera.unplug(), 300));
      const error = await grabber.grab(request, signal()).catch((e: unknown) => e);
      expect(error).to.include({ code: 'DEVICE_GONE' });
      expect(world.isLeft()).to.equal(false);
    });

    it('makes one camera of the nodes of each, with its serial and its port', async () => {
      for (const n of [1, 2, 3]) await world.plug(n);
      const seen: SourceDescriptor[] = [];
      const stop = new AbortController();
      for await (const event of (await (await world.adapters()).source(UDEV)).watch(stop.signal)) {
        if (event.type !== 'removed') seen.push(event.source);
        if (seen.length === 3) stop.abort();
      }
      expect(seen.map((s) => s.hints.serial)).to.have.members(['S1', 'S2', 'S3']);
      expect(seen.map((s) => s.hints.portPath)).to.have.members(
        [1, 2, 3].map((n) => `usb-vhci_hcd.0-${String(n)}`),
      );
      expect(seen.map((s) => s.siblings?.length)).to.deep.equal([1, 1, 1]);
    });
  });
});
