/** USB cameras that freeze, that tear their pictures, and that somebody else has. */
import { expect } from 'chai';
import { until } from '../worlds/media.js';
import { WsRpcError } from '../worlds/ws-client.js';
import { guest } from './hooks.js';
import { H264_TOO, labCamera, sharedStage } from './host/cast.js';
import { LAB_DIR } from './host/places.js';
import { decodeWhole, testPictures, tornAtFirst, tornNowAndThen } from './host/pictures.js';
import { silenceMs, tell } from './host/report.js';

const WITHIN_MS = 60_000;
const STALL_MS = 3000;
const DEVICE_BUSY = -32003;

describe('cameras in trouble', function () {
  this.timeout(240_000);
  const stage = sharedStage({ set: { 'streams.stall_timeout_ms': String(STALL_MS) } });

  it('a frozen camera is noticed, and comes back by itself when it thaws', async () => {
    const one = labCamera('A', H264_TOO);
    const device = await stage.plug(one);
    await stage.client.call('start_streaming', { device });
    await stage.untilReady(device);
    one.frozen = true;
    const took = await stage.untilStatus(device, 'ERROR');
    const { reason } = await stage.status(device);
    tell(`frozen → status ERROR: ${took.toFixed(0)} ms (${String(STALL_MS)} configured): ${String(reason)}`);
    expect(silenceMs(reason)).to.be.within(STALL_MS, 3 * STALL_MS);
    one.frozen = false;
    await stage.untilStatus(device, 'CONNECTED');
    await stage.untilReady(device);
    await stage.client.call('stop_streaming', { device });
  });

  it('never stores a torn picture of an idle camera', async () => {
    const device = await stage.plug(labCamera('T', { picture: tornAtFirst(testPictures('T'), 6) }));
    // The camera tears the first six of each stream: three are thrown away to warm up, three must be noticed.
    for (let n = 0; n < 3; n++) {
      const snapshot = await stage.snapshot(device);
      expect(decodeWhole(snapshot.picture)).to.deep.equal({ width: 320, height: 240 });
      expect(snapshot.label).to.equal('T');
    }
  });

  it('never stores a torn picture of a running camera', async () => {
    const picture = tornNowAndThen(testPictures('T'), 3);
    const device = await stage.plug(labCamera('TornLive', { picture }));
    await stage.client.call('start_streaming', { device });
    await stage.untilReady(device);
    for (let n = 0; n < 10; n++) {
      const snapshot = await stage.snapshot(device);
      expect(snapshot['tier_used']).to.equal(0);
      expect(decodeWhole(snapshot.picture)).to.deep.equal({ width: 320, height: 240 });
      expect(snapshot.label).to.equal('T');
    }
    expect((await stage.status(device)).status).to.equal('CONNECTED');
    await stage.client.call('stop_streaming', { device });
  });

  it('a camera that somebody else has is BUSY, with the holder, until it is free', async () => {
    const device = await stage.plug(labCamera('A'));
    const [node = ''] = await guest().nodes();
    const holder = await hold(node);
    const began = performance.now();
    const error: unknown = await stage.client.call('start_recording', { device }).catch((e: unknown) => e);
    tell(`start_recording of a busy camera refused after ${(performance.now() - began).toFixed(0)} ms`);
    expect(error).to.be.instanceOf(WsRpcError).and.to.have.property('code', DEVICE_BUSY);
    expect(String((error as WsRpcError).data['holder'])).to.contain(String(holder.pid));
    const listed = await stage.status(device);
    expect(listed.status).to.equal('BUSY');
    expect(listed.reason).to.contain(`pid ${String(holder.pid)}`);
    const snapshot: unknown = await stage.snapshot(device).catch((e: unknown) => e);
    expect(snapshot).to.be.instanceOf(WsRpcError).and.to.have.property('code', DEVICE_BUSY);

    await guest().kill(holder.id, 'SIGKILL');
    tell(`let go → CONNECTED: ${(await stage.untilStatus(device, 'CONNECTED')).toFixed(0)} ms`);
    expect((await stage.snapshot(device)).label).to.equal('A');
    await stage.client.call('start_recording', { device });
    const { files } = await stage.client.call<{ readonly files: readonly string[] }>('stop_recording', {
      device,
    });
    expect(files).to.have.lengthOf(1);
  });
});

/** Lets another program stream from a camera. */
async function hold(node: string): Promise<{ readonly id: number; readonly pid: number }> {
  const holder = await guest().spawn([process.execPath, `${LAB_DIR}/guest/adapters.mjs`, 'hold', node]);
  await until('holder', async () => (await guest().process(holder.id)).stdout !== '', WITHIN_MS);
  return holder;
}
