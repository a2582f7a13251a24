/** A camera that is pulled while it is recorded and watched, and comes back elsewhere. */
import { expect } from 'chai';
import { until, viewStream } from '../worlds/media.js';
import type { StreamViewer } from '../worlds/media.js';
import { guest } from './hooks.js';
import { H264_TOO, Stage, labCamera } from './host/cast.js';
import { heard } from './host/lab-service.js';
import { tell } from './host/report.js';

const RTSP_PORT = 8554;
const WITHIN_MS = 40_000;

interface Stopped {
  readonly files: readonly string[];
  readonly gaps: readonly unknown[];
}

describe('a camera that is pulled and plugged in elsewhere', function () {
  this.timeout(240_000);
  const stage = new Stage();
  const viewers: StreamViewer[] = [];
  beforeEach(() => stage.open());
  afterEach(async function () {
    await Promise.all(viewers.splice(0).map((viewer) => viewer.stop()));
    await stage.close(this);
  });

  const watch = async (device: string): Promise<StreamViewer> => {
    const port = await guest().forward(RTSP_PORT);
    const viewer = await viewStream(
      `rtsp://viewer:${stage.service.token}@127.0.0.1:${String(port)}/${device}`,
    );
    viewers.push(viewer);
    expect(await viewer.served, viewer.tail().join('\n')).to.equal(true);
    return viewer;
  };

  it('keeps its name, its recording and its viewers; its neighbour notices nothing', async () => {
    const { client } = stage;
    const one = labCamera('A', H264_TOO);
    await guest().plug(one, 0);
    await heard(client, 'camera.connected', 'camera0');
    await guest().plug(labCamera('B', H264_TOO), 1);
    await heard(client, 'camera.connected', 'camera2');

    await client.call('start_recording', { device: 'camera2' });
    const neighbour = await watch('camera2');
    await client.call('start_recording', { device: 'camera0' });
    await watch('camera0');

    one.unplug();
    await heard(client, 'camera.disconnected', 'camera0');
    await guest().waitUntilGone('/sys/bus/usb/devices/1-1');
    // Takes the free number, so that the camera gets another one.
    await guest().plug(labCamera('C'), 0);
    await heard(client, 'camera.connected');
    const pluggedAt = performance.now();
    await guest().plug(one, 4);
    await heard(client, 'camera.connected', 'camera0');
    const gap = await heard(client, 'recording.gap', 'camera0');
    tell(
      `plugged in again → the gap in the recording is closed: ${(performance.now() - pluggedAt).toFixed(0)} ms`,
    );
    expect(gap.params).to.include({ device: 'camera0' });

    const again = await watch('camera0');
    await until('more packets', () => again.packets().length > 15, WITHIN_MS);
    const stopped = await client.call<Stopped>('stop_recording', { device: 'camera0' });
    expect(stopped.files).to.have.lengthOf(2);
    expect(stopped.gaps).to.have.lengthOf(1);

    const other = await client.call<Stopped>('stop_recording', { device: 'camera2' });
    expect(other.files).to.have.lengthOf(1);
    expect(other.gaps).to.have.lengthOf(0);
    expect(neighbour.isAlive()).to.equal(true);
  });
});
