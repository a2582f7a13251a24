/** Cameras that come and go, through the API of the service. */
import { expect } from 'chai';
import { until } from '../worlds/media.js';
import { guest } from './hooks.js';
import { H264_TOO, labCamera, sharedStage } from './host/cast.js';
import { cameras, heard } from './host/lab-service.js';
import { tell } from './host/report.js';

const SIX = [1, 2, 3, 4, 5, 6] as const;
const WITHIN_MS = 60_000;

describe('hot-plug through the service', function () {
  this.timeout(180_000);
  const stage = sharedStage();

  it('announces a camera with what it can do, and takes it back', async () => {
    const { client } = stage;
    const one = labCamera('A');
    await guest().plug(one);
    const { params } = await heard(client, 'camera.connected');
    const { device } = params as { readonly device: string };
    expect(params).to.include({ name: 'Camera A', status: 'CONNECTED', resolution: '320x240' });
    const capabilities = await client.call<Record<string, unknown>>('get_camera_capabilities', { device });
    expect(capabilities).to.include({ validation_status: 'CONFIRMED' });
    expect(JSON.stringify(capabilities['formats'])).to.contain('MJPG');
    one.unplug();
    expect((await heard(client, 'camera.disconnected')).params).to.include({ device });
    expect((await stage.status(device)).status).to.equal('DISCONNECTED');
  });

  it('makes six cameras of twelve nodes plugged in at once, tells of each once, and each shows its own picture', async () => {
    await Promise.all(SIX.map((n) => guest().plug(labCamera(`S${String(n)}`), n - 1)));
    const present = async () => (await cameras(stage.client)).filter(({ status }) => status === 'CONNECTED');
    await until('six cameras', async () => (await present()).length === SIX.length, WITHIN_MS);
    const { stdout } = await guest().exec('ls /dev/video*');
    expect(stdout.trim().split('\n')).to.have.lengthOf(2 * SIX.length);
    const names = SIX.map((n) => `Camera S${String(n)}`);
    expect((await present()).map(({ name }) => name)).to.have.members(names);
    const told = stage.client.notifications.filter(({ method }) => /^camera\.(dis)?connected$/.test(method));
    expect(told.map(({ method, params }) => [method, params['name']])).to.have.deep.members(
      names.map((name) => ['camera.connected', name]),
    );
    // All at once, so that a mix-up has its chance.
    const shown = await Promise.all(
      (await present()).map(async ({ device, name }) => [name, (await stage.snapshot(device)).label]),
    );
    expect(shown).to.have.deep.members(SIX.map((n) => [`Camera S${String(n)}`, `S${String(n)}`]));
  });

  for (const [what, options] of [['MJPEG', {}] as const, ['H.264', H264_TOO] as const]) {
    it(`takes a picture from an idle camera without a process: ${what}`, async () => {
      const one = labCamera(`Idle ${what}`.replace(' ', '-'), options);
      const device = await stage.plug(one);
      const before = await stage.service.children();
      const during: (readonly string[])[] = [];
      for (const turn of ['first', 'second']) {
        let firstPictureAt = 0;
        one.once('streaming', () => (firstPictureAt = performance.now()));
        const began = performance.now();
        const taken = stage.snapshot(device);
        const done = taken.then(() => 'done');
        while ((await Promise.race([done, stage.service.children().then((c) => during.push(c))])) !== 'done');
        expect(await taken).to.include({ tier_used: 0, width: 320, height: 240, label: one.identity.serial });
        const opened = (firstPictureAt - began).toFixed(0);
        tell(
          `${turn} snapshot: ${String((await taken)['capture_time_ms'])} ms; the camera's first picture came after ${opened} ms`,
        );
      }
      expect(during.flat().filter((name) => !before.includes(name))).to.deep.equal([]);
    });
  }
});
