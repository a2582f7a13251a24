/** Cameras that come and go, through the API of the service. */
import { expect } from 'chai';
import { until } from '../worlds/media.js';
import { guest } from './hooks.js';
import { H264_TOO, Stage, labCamera } from './host/cast.js';
import { cameras, heard } from './host/lab-service.js';
import { quantiles, tell } from './host/report.js';

const CYCLES = 15;
const SIX = [1, 2, 3, 4, 5, 6] as const;

describe('hot-plug through the service', function () {
  this.timeout(180_000);
  const stage = new Stage();
  beforeEach(() => stage.open());
  afterEach(async function () {
    await stage.close(this);
  });

  it('announces a camera with what it can do, and takes it back', async () => {
    const { client } = stage;
    const one = labCamera('A');
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
    const one = labCamera('A');
    const connected: number[] = [];
    const disconnected: number[] = [];
    for (let n = 0; n < CYCLES; n++) {
      await guest().plug(one);
      const { params } = await heard(stage.client, 'camera.connected');
      const born = Number((await guest().exec('stat -c %.3W /dev/video0')).stdout) * 1000;
      connected.push(Date.parse(String(params['timestamp'])) - born);
      const began = performance.now();
      one.unplug();
      await heard(stage.client, 'camera.disconnected');
      disconnected.push(performance.now() - began);
      await guest().waitUntilGone('/sys/bus/usb/devices/1-1');
    }
    tell(`node made → camera.connected sent, probe and 50 ms of debounce within: ${quantiles(connected)}`);
    tell(`plug pulled → camera.disconnected here: ${quantiles(disconnected)}`);
  });

  it('makes six cameras of twelve nodes, and each shows its own picture', async () => {
    await Promise.all(SIX.map((n) => guest().plug(labCamera(`S${String(n)}`), n - 1)));
    const areAll = async (): Promise<boolean> => (await cameras(stage.client)).length === SIX.length;
    await until('six cameras', areAll, 30_000);
    const { stdout } = await guest().exec('ls /dev/video*');
    expect(stdout.trim().split('\n')).to.have.lengthOf(12);
    for (const { device, name, status } of await cameras(stage.client)) {
      expect(status).to.equal('CONNECTED');
      expect((await stage.snapshot(device)).label, device).to.equal(name.replace('Camera ', ''));
    }
  });

  for (const [what, options] of [['MJPEG', {}] as const, ['H.264', H264_TOO] as const]) {
    it(`takes a picture from an idle camera without a process: ${what}`, async () => {
      const one = labCamera('A', options);
      await guest().plug(one);
      await heard(stage.client, 'camera.connected');
      const before = await stage.service.children();
      const during: (readonly string[])[] = [];
      for (const turn of ['first', 'second']) {
        let firstPictureAt = 0;
        one.once('streaming', () => (firstPictureAt = performance.now()));
        const began = performance.now();
        const taken = stage.snapshot('camera0');
        const done = taken.then(() => 'done');
        while ((await Promise.race([done, stage.service.children().then((c) => during.push(c))])) !== 'done');
        expect(await taken).to.include({ tier_used: 0, width: 320, height: 240, label: 'A' });
        const opened = (firstPictureAt - began).toFixed(0);
        tell(
          `${turn} snapshot: ${String((await taken)['capture_time_ms'])} ms; its first picture after ${opened} ms`,
        );
      }
      expect(during.flat().filter((name) => !before.includes(name))).to.deep.equal([]);
    });
  }
});
