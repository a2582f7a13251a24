/** Two equal cameras that change places while the service is down. */
import { expect } from 'chai';
import { until } from '../worlds/media.js';
import { guest } from './hooks.js';
import { Stage, labCamera } from './host/cast.js';
import type { FakeUvcCamera } from './host/fake-uvc.js';
import { cameras, heard } from './host/lab-service.js';
import { testPictures } from './host/pictures.js';

describe('two cameras of one model', function () {
  this.timeout(240_000);
  const stage = new Stage();
  afterEach(async function () {
    await stage.close(this);
  });

  const twin = (label: string, serial: string | undefined): FakeUvcCamera =>
    labCamera(label, { serial, product: 'Twin', picture: testPictures(label) });

  /** Plugs cameras into ports, one after the other. */
  const plug = async (...places: readonly (readonly [FakeUvcCamera, number])[]): Promise<void> => {
    for (const [camera, port] of places) {
      await guest().plug(camera, port);
      await heard(stage.client, 'camera.connected');
    }
  };

  const pull = async (...twins: readonly FakeUvcCamera[]): Promise<void> => {
    for (const each of twins) each.unplug();
    await guest().waitUntilGone('/dev/video0');
    await guest().waitUntilGone('/dev/video2');
  };

  /** Plugs them in again while the service is down, and starts it. */
  const restartWith = async (...places: readonly (readonly [FakeUvcCamera, number])[]): Promise<void> => {
    await stage.close();
    await pull(...places.map(([camera]) => camera));
    for (const [camera, port] of places) {
      await guest().plug(camera, port);
      await guest().waitForPath(
        `/sys/bus/usb/devices/1-${String(port + 1)}/1-${String(port + 1)}:1.0/video4linux`,
      );
    }
    await stage.open({ mayBePartial: true });
    const areAll = async (): Promise<boolean> => (await cameras(stage.client)).length === places.length;
    await until('the cameras', areAll, 30_000);
  };

  const shown = async (): Promise<Readonly<Record<string, string | undefined>>> => {
    const pictures: Record<string, string | undefined> = {};
    for (const { device } of await cameras(stage.client))
      pictures[device] = (await stage.snapshot(device)).label;
    return pictures;
  };

  it('keep their names by their serials', async () => {
    await stage.open();
    const [a, b] = [twin('A', 'S-A'), twin('B', 'S-B')];
    await plug([a, 0], [b, 1]);
    const before = await shown();
    await restartWith([b, 0], [a, 1]);
    expect(await shown()).to.deep.equal(before);
    const { identity } = await stage.client.call<{ readonly identity: unknown }>('get_camera_status', {
      device: 'camera0',
    });
    expect(JSON.stringify(identity)).to.contain('S-A');
  });

  it('keep their names by their ports when they have no serials', async () => {
    await stage.open();
    const [a, b] = [twin('A', undefined), twin('B', undefined)];
    await plug([a, 0], [b, 1]);
    const before = await shown();
    await restartWith([b, 1], [a, 0]);
    expect(await shown()).to.deep.equal(before);
  });

  it('are refused loudly when nothing tells which is which', async () => {
    await stage.open();
    const [a, b] = [twin('A', undefined), twin('B', undefined)];
    await plug([a, 0], [b, 1]);
    const known = (await cameras(stage.client)).map(({ device }) => device);
    await restartWith([a, 5], [b, 6]);
    for (const { device, status, reason } of await cameras(stage.client)) {
      expect(known).not.to.include(device);
      expect(status).to.equal('ERROR');
      expect(reason).to.match(/ambiguous/);
    }
  });
});
