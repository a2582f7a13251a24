/** Which camera is which, when several of one model change places while the service is down. */
import { expect } from 'chai';
import { until } from '../worlds/media.js';
import { WsRpcError } from '../worlds/ws-client.js';
import { guest } from './hooks.js';
import { Stage, labCamera } from './host/cast.js';
import type { FakeUvcCamera } from './host/fake-uvc.js';
import { videoFolder } from './host/guest.js';
import { cameras } from './host/lab-service.js';
import type { CameraLine } from './host/lab-service.js';
import { testPictures } from './host/pictures.js';

interface Identity {
  readonly matched_by: string;
  readonly why: string;
}

const WITHIN_MS = 60_000;

/** Cameras of one model, with serials of their own. */
const twin = (label: string): FakeUvcCamera =>
  labCamera(label, { serial: `S-${label}`, product: 'Twin', picture: testPictures(label) });

/** Cameras of one model that have no serials. */
const clone = (label: string): FakeUvcCamera =>
  labCamera(label, {
    serial: undefined,
    product: 'Clone',
    productId: 0x0002,
    picture: testPictures(label),
  });

describe('cameras of one model', function () {
  this.timeout(300_000);
  const stage = new Stage();

  afterEach(async function () {
    await stage.close(this);
  });

  /** Plugs cameras into ports, one after the other, so that the order decides the numbers of the nodes. */
  const place = async (...places: readonly (readonly [FakeUvcCamera, number])[]): Promise<void> => {
    for (const [camera, port] of places) {
      await guest().plug(camera, port);
      await guest().waitForPath(videoFolder(port), WITHIN_MS);
    }
  };

  const present = async (): Promise<readonly CameraLine[]> =>
    (await cameras(stage.client)).filter(({ status }) => status !== 'DISCONNECTED');

  const untilThere = (count: number): Promise<void> =>
    until(`${String(count)} cameras`, async () => (await present()).length === count, WITHIN_MS);

  /** Who is seen under which identifier. */
  const shown = async (): Promise<ReadonlyMap<string, string>> => {
    const usable = (await present()).filter(({ status }) => status === 'CONNECTED');
    const pictures = new Map<string, string>();
    for (const { device } of usable) pictures.set((await stage.snapshot(device)).label ?? '', device);
    return pictures;
  };

  const identityOf = async (device: string): Promise<Identity> =>
    (await stage.client.call<{ readonly identity: Identity }>('get_camera_status', { device })).identity;

  // One story: each case goes on with what the service remembers of the one before.
  let names: ReadonlyMap<string, string> = new Map();
  const cast = { a: twin('A'), b: twin('B'), c: clone('C'), d: clone('D') };

  it('get names', async () => {
    await stage.open();
    const { a, b, c, d } = cast;
    await place([a, 0], [b, 1], [c, 2], [d, 3]);
    await untilThere(4);
    names = await shown();
    expect([...names.keys()]).to.have.members(['A', 'B', 'C', 'D']);
    await stage.close();
  });

  it('exchanged between ports while the service is down: with serials each keeps its name, without the port does', async () => {
    const { a, b, c, d } = cast;
    // Also in another order, so that the numbers of their nodes change.
    await place([c, 3], [d, 2], [a, 1], [b, 0]);
    await stage.open({ isRestart: true });
    await untilThere(4);
    const after = await shown();
    for (const label of ['A', 'B']) {
      const device = String(names.get(label));
      expect(after.get(label)).to.equal(device);
      expect(await identityOf(device)).to.include({ matched_by: 'serial', why: `serial S-${label}` });
    }
    expect(after.get('C'), 'C stands where D stood').to.equal(names.get('D'));
    expect(after.get('D'), 'D stands where C stood').to.equal(names.get('C'));
    expect(await identityOf(String(names.get('C')))).to.include({
      matched_by: 'port',
      why: 'port usb-vhci_hcd.0-3',
    });
    await stage.close();
  });

  it('that nothing tells apart are refused loudly, and the others are not', async () => {
    const { a, c, d } = cast;
    await place([a, 6], [c, 4], [d, 5]);
    await stage.open({ mayBePartial: true, isRestart: true });
    await untilThere(3);
    expect((await shown()).get('A')).to.equal(names.get('A'));
    const refused = (await present()).filter(({ device }) => device !== names.get('A'));
    expect(refused).to.have.lengthOf(2);
    for (const { device, status, reason } of refused) {
      expect([...names.values()]).not.to.include(device);
      expect(status).to.equal('ERROR');
      expect(reason).to.match(
        /ambiguous: no serial number, and the port is not one of those of camera\d+, camera\d+/,
      );
      expect(await identityOf(device)).to.include({ matched_by: 'ambiguous' });
      const error: unknown = await stage.snapshot(device).catch((e: unknown) => e);
      expect(error).to.be.instanceOf(WsRpcError);
    }
    await stage.close();
  });

  it('follow the rules of the configuration, and are refused where two rules contradict', async () => {
    const rules = [
      { id: 'front-door', serial: 'S-A' },
      { id: 'yard', port: 'usb-vhci_hcd.0-2' },
      { id: 'garage', usb: '1209:0002' },
    ];
    await stage.open({ mayBePartial: true, set: { 'cameras.assignments': JSON.stringify(rules) } });
    const { a, b, c } = cast;
    await place([a, 0], [b, 1], [c, 2]);
    await untilThere(3);
    expect(await shown()).to.deep.equal(
      new Map([
        ['A', 'front-door'],
        ['B', 'yard'],
        ['C', 'garage'],
      ]),
    );
    for (const camera of [a, b]) camera.unplug();
    await until('two gone', async () => (await present()).length === 1, WITHIN_MS);
    // By its serial it is one camera, by its port another.
    await place([a, 1]);
    const isRefused = async () => (await present()).some(({ status }) => status === 'ERROR');
    await until('refusal', isRefused, WITHIN_MS);
    const [refused] = (await present()).filter(({ status }) => status === 'ERROR');
    expect(refused?.reason).to.contain('assignment rules for front-door and yard both match');
    expect(['front-door', 'yard']).not.to.include(refused?.device);
  });
});
