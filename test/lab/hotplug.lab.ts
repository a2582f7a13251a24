/** Cameras that come and go, through the API of the service. */
import { expect } from 'chai';
import { guest } from './hooks.js';
import { FakeUvcCamera } from './host/fake-uvc.js';
import { LabService, cameras, heard } from './host/lab-service.js';
import { readStamp, testPictures } from './host/pictures.js';
import { quantiles, tell } from './host/report.js';
import type { WsClient } from '../worlds/ws-client.js';
import { until } from '../worlds/media.js';

const CYCLES = 20;
const SIX = [1, 2, 3, 4, 5, 6] as const;
const JPEG_ONLY = [{ fourcc: 'MJPG', sizes: [{ width: 320, height: 240, fps: [15] }] }] as const;

const camera = (label: string): FakeUvcCamera =>
  new FakeUvcCamera({
    picture: testPictures(label),
    serial: label,
    product: `Camera ${label}`,
    formats: JPEG_ONLY,
  });

describe('hot-plug through the service', function () {
  this.timeout(180_000);
  let service: LabService;
  let client: WsClient;
  beforeEach(async () => {
    service = await LabService.start(guest());
    client = await service.client();
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') console.log(await service.output());
    await service.stop();
  });

  it('announces a camera with what it can do, and takes it back', async () => {
    const one = camera('A');
    await guest().plug(one);
    const { params } = await heard(client, 'camera.connected');
    expect(params).to.include({
      device: 'camera0',
      name: 'Camera A',
      status: 'CONNECTED',
      resolution: '320x240',
    });
    const capabilities = await client.call<Record<string, unknown>>('get_camera_capabilities', {
      device: 'camera0',
    });
    expect(capabilities).to.include({ validation_status: 'CONFIRMED' });
    expect(JSON.stringify(capabilities['formats'])).to.contain('MJPG');
    one.unplug();
    expect((await heard(client, 'camera.disconnected')).params).to.include({ device: 'camera0' });
  });

  it(`tells both in time, ${String(CYCLES)} times`, async () => {
    const one = camera('A');
    const connected: number[] = [];
    const disconnected: number[] = [];
    for (let n = 0; n < CYCLES; n++) {
      await guest().plug(one);
      const { params } = await heard(client, 'camera.connected');
      const born = Number((await guest().exec('stat -c %.3W /dev/video0')).stdout) * 1000;
      connected.push(Date.parse(String(params['timestamp'])) - born);
      const began = performance.now();
      one.unplug();
      await heard(client, 'camera.disconnected');
      disconnected.push(performance.now() - began);
      await guest().waitUntilGone('/sys/bus/usb/devices/1-1');
    }
    tell(`node made → camera.connected sent (probe and 50 ms of debounce within): ${quantiles(connected)}`);
    tell(`plug pulled → camera.disconnected here: ${quantiles(disconnected)}`);
  });

  it('makes six cameras of twelve nodes, and each shows its own picture', async () => {
    await Promise.all(SIX.map((n) => guest().plug(camera(`S${String(n)}`), n - 1)));
    const all = async (): Promise<boolean> => (await cameras(client)).length === SIX.length;
    await until('six cameras', all, 30_000);
    const { stdout } = await guest().exec('ls /dev/video*');
    expect(stdout.trim().split('\n')).to.have.lengthOf(12);
    for (const { device, name, status } of await cameras(client)) {
      expect(status).to.equal('CONNECTED');
      const { file_path: path } = await client.call<{ readonly file_path: string }>('take_snapshot', {
        device,
      });
      expect(readStamp(await guest().readFile(path))?.label, device).to.equal(name.replace('Camera ', ''));
    }
  });

  it('takes a picture from an idle camera without a process', async () => {
    const one = camera('A');
    await guest().plug(one);
    await heard(client, 'camera.connected');
    let streamingAt = 0;
    one.once('streaming', () => (streamingAt = performance.now()));
    const before = await service.children();
    const began = performance.now();
    const taken = client.call<Record<string, unknown>>('take_snapshot', { device: 'camera0' });
    const during: (readonly string[])[] = [];
    let isDone = false;
    void taken.finally(() => (isDone = true));
    while (!isDone) during.push(await service.children());
    const snapshot = await taken;
    expect(snapshot).to.include({ tier_used: 0, width: 320, height: 240 });
    expect(during.flat().filter((name) => !before.includes(name))).to.deep.equal([]);
    const opened = (streamingAt - began).toFixed(0);
    tell(
      `snapshot of an idle camera: ${String(snapshot['capture_time_ms'])} ms; its stream began after ${opened} ms`,
    );
  });
});
