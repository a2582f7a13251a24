/** A camera that is pulled while it is recorded and watched, and comes back elsewhere. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { probeFile, until, viewStream } from '../worlds/media.js';
import type { StreamViewer } from '../worlds/media.js';
import { guest } from './hooks.js';
import { H264_TOO, labCamera, sharedStage } from './host/cast.js';
import { heard } from './host/lab-service.js';
import { tell } from './host/report.js';

const RTSP_PORT = 8554;
const WITHIN_MS = 60_000;
const MORE_PACKETS = 15;

interface Stopped {
  readonly files: readonly string[];
  readonly gaps: readonly unknown[];
}

describe('a camera that is pulled and plugged in elsewhere', function () {
  this.timeout(300_000);
  const stage = sharedStage();
  const viewers: StreamViewer[] = [];
  afterEach(() => Promise.all(viewers.splice(0).map((viewer) => viewer.stop())));

  const watch = async (device: string): Promise<StreamViewer> => {
    const port = await guest().forward(RTSP_PORT);
    const viewer = await viewStream(
      `rtsp://viewer:${stage.service.token}@127.0.0.1:${String(port)}/${device}`,
    );
    viewers.push(viewer);
    expect(await viewer.served, viewer.tail().join('\n')).to.equal(true);
    return viewer;
  };

  const untilMore = (what: string, viewer: StreamViewer): Promise<void> => {
    const seen = viewer.packets().length;
    return until(`more of ${what}`, () => viewer.packets().length > seen + MORE_PACKETS, WITHIN_MS);
  };

  /** Ends a recording; each of its files must be whole. */
  const stopRecording = async (device: string): Promise<Stopped> => {
    const stopped = await stage.client.call<Stopped>('stop_recording', { device });
    const folder = await mkdtemp(join(tmpdir(), 'lab-'));
    try {
      for (const name of stopped.files) {
        await writeFile(join(folder, name), await guest().readFile(stage.service.path('recordings', name)));
        const { errors, frames } = await probeFile(join(folder, name));
        expect(errors, name).to.deep.equal([]);
        expect(frames, name).to.be.greaterThan(0);
      }
    } finally {
      await rm(folder, { recursive: true });
    }
    return stopped;
  };

  it('keeps its name, its recording and its viewers; its neighbour notices nothing', async () => {
    const { client } = stage;
    const one = labCamera('A', H264_TOO);
    const device = await stage.plug(one, 0);
    const before = await guest().nodes(0);
    const other = await stage.plug(labCamera('B', H264_TOO), 1);

    await client.call('start_recording', { device: other });
    const neighbour = await watch(other);
    await client.call('start_recording', { device });
    const first = await watch(device);

    one.unplug();
    await heard(client, 'camera.disconnected', device);
    await guest().waitUntilGone('/sys/bus/usb/devices/1-1');
    // Takes the free number, so that the camera gets another one.
    await stage.plug(labCamera('C'), 0);
    const pluggedAt = performance.now();
    await guest().plug(one, 4);
    await heard(client, 'camera.connected', device);
    expect((await guest().nodes(4)).filter((node) => before.includes(node))).to.deep.equal([]);
    const gap = await heard(client, 'recording.gap', device);
    tell(
      `plugged in again → the gap in the recording is closed: ${(performance.now() - pluggedAt).toFixed(0)} ms`,
    );
    expect(gap.params).to.include({ device });

    await first.stop();
    await untilMore('the camera', await watch(device));
    const stopped = await stopRecording(device);
    const late = await stage.service.recorderResets(device);
    expect(stopped.files).to.have.lengthOf(2 + late);
    expect(stopped.gaps.length).to.be.within(1, 1 + late);

    await untilMore('its neighbour', neighbour);
    expect(neighbour.isAlive()).to.equal(true);
    const troubles = client.notifications.filter(
      ({ method, params }) => params['device'] === other && /status|error|stop/.test(method),
    );
    expect(troubles).to.deep.equal([]);
    const undisturbed = await stopRecording(other);
    const itsLate = await stage.service.recorderResets(other);
    expect(undisturbed.files).to.have.lengthOf(1 + itsLate);
    expect(undisturbed.gaps.length).to.be.at.most(itsLate);
  });
});
