/** The example plugin for Motion-JPEG over HTTP, against µStreamer and the kernel's virtual camera. */
import { expect } from 'chai';
import { createSystemClock } from '../../adapters/clock/system/system-clock.js';
import { createGrabber, createProbe } from '../../plugins/examples/mjpeg-http/src/camera.js';
import { KIND, locatorOf } from '../../plugins/examples/mjpeg-http/src/target.js';
import type { SourceDescriptor } from '../../ports/device-event-source.js';
import { until } from '../worlds/media.js';
import { guest } from './hooks.js';
import { VIVID_NODE, loadVivid, unloadVivid } from './host/vivid.js';

const PORT = 8080;
const LOGIN = { username: 'viewer', password: 'p@ss word' };
const SIZE = { width: 640, height: 360 };
const clock = createSystemClock();
const signal = (): AbortSignal => AbortSignal.timeout(30_000);

describe('µStreamer as a camera of the network', function () {
  this.timeout(120_000);
  let base: string;
  before(async () => {
    await loadVivid();
    base = `http://127.0.0.1:${String(await guest().forward(PORT))}`;
  });
  after(() => unloadVivid());

  const start = async (): Promise<number> => {
    const device = ['--device', VIVID_NODE, '--format', 'YUYV', '--resolution', '640x360'];
    const server = ['--host', '0.0.0.0', '--port', String(PORT)];
    const login = ['--user', LOGIN.username, '--passwd', LOGIN.password];
    const { id } = await guest().spawn(['ustreamer', ...device, ...server, ...login]);
    await guest().waitForPort(PORT);
    // Until its device delivers, it shows an image of its own, of another size.
    await until(
      'images of the device',
      async () => (await grab('/snapshot', 0)).height === SIZE.height,
      30_000,
    );
    return id;
  };
  const camera = (path: string, login: Partial<typeof LOGIN> = LOGIN): SourceDescriptor => {
    const locator = locatorOf({ name: 'vivid', url: `${base}${path}`, ...login });
    return { key: `${KIND}:vivid`, kind: KIND, locator, name: 'vivid', hints: {} };
  };
  const grab = (path: string, warmUpFrames: number) => {
    const format = { pixelFormat: 'MJPG', ...SIZE, fps: 25 };
    return createGrabber(clock).grab({ source: camera(path), format, warmUpFrames }, signal());
  };
  const failure = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error);

  it('is probed, and serves its stream and single images', async () => {
    await start();
    for (const path of ['/stream', '/snapshot', '/stream?advance_headers=1&dual_final_frames=1']) {
      const { formats } = await createProbe(clock).probe(camera(path), signal());
      expect(formats[0]?.sizes, path).to.deep.equal([{ ...SIZE, fps: [] }]);
      expect(await grab(path, 5), path).to.include({ ...SIZE, sequence: 6 });
    }
  });

  it('wants a login, and is gone when it ends', async () => {
    const id = await start();
    const probe = (login: Partial<typeof LOGIN>) =>
      createProbe(clock).probe(camera('/stream', login), signal());
    for (const login of [{}, { ...LOGIN, password: 'wrong' }])
      expect(await failure(probe(login))).to.have.property('code', 'DEVICE_FORBIDDEN');
    const taken = failure(grab('/stream', 1000));
    await guest().kill(id, 'SIGKILL');
    expect(await taken).to.have.property('code', 'DEVICE_GONE');
  });
});
