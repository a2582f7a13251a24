/** Cameras that freeze, that tear their pictures, and that somebody else has. */
import { expect } from 'chai';
import { until } from '../worlds/media.js';
import { WsRpcError } from '../worlds/ws-client.js';
import { guest } from './hooks.js';
import { H264_TOO, Stage, labCamera } from './host/cast.js';
import { cameras, heard } from './host/lab-service.js';
import { LAB_DIR } from './host/places.js';
import { testPictures, tornAtFirst } from './host/pictures.js';
import { tell } from './host/report.js';

const WITHIN_MS = 60_000;

describe('cameras in trouble', function () {
  this.timeout(180_000);
  const stage = new Stage();
  beforeEach(() => stage.open());
  afterEach(async function () {
    await stage.close(this);
  });

  const statusOf = async (device: string): Promise<string | undefined> =>
    (await cameras(stage.client)).find((camera) => camera.device === device)?.status;
  const streams = async (device: string): Promise<boolean> =>
    (await stage.client.call<{ readonly ready: boolean }>('get_stream_status', { device })).ready;

  it('a frozen camera is noticed, and comes back by itself when it thaws', async () => {
    const one = labCamera('A', H264_TOO);
    await guest().plug(one);
    await heard(stage.client, 'camera.connected');
    await stage.client.call('start_streaming', { device: 'camera0' });
    await until('stream', () => streams('camera0'), WITHIN_MS);
    one.frozen = true;
    const frozenAt = performance.now();
    await until('status ERROR', async () => (await statusOf('camera0')) === 'ERROR', WITHIN_MS);
    tell(`frozen → status ERROR: ${(performance.now() - frozenAt).toFixed(0)} ms (3000 configured)`);
    one.frozen = false;
    await until('status CONNECTED', async () => (await statusOf('camera0')) === 'CONNECTED', WITHIN_MS);
    await until('stream', () => streams('camera0'), WITHIN_MS);
  });

  it('never stores a torn picture', async () => {
    await guest().plug(labCamera('T', { picture: tornAtFirst(testPictures('T'), 6) }));
    await heard(stage.client, 'camera.connected');
    // The camera tears the first six of each stream: three are thrown away to warm up, three must be noticed.
    for (let n = 0; n < 3; n++) {
      const snapshot = await stage.snapshot('camera0');
      const bytes = await guest().readFile(stage.service.path('snapshots', String(snapshot['filename'])));
      expect([...bytes.subarray(-2)]).to.deep.equal([0xff, 0xd9]);
      expect(snapshot.label).to.equal('T');
    }
  });

  it('a camera that somebody else has is BUSY, with the holder, until it is free', async () => {
    await guest().plug(labCamera('A'));
    await heard(stage.client, 'camera.connected');
    const holder = await guest().spawn([
      process.execPath,
      `${LAB_DIR}/guest/adapters.mjs`,
      'hold',
      '/dev/video0',
    ]);
    await until('holder', async () => (await guest().process(holder.id)).stdout !== '', WITHIN_MS);
    const error: unknown = await stage.snapshot('camera0').catch((e: unknown) => e);
    expect(error).to.be.instanceOf(WsRpcError);
    expect((error as WsRpcError).data).to.include({ code: 'DEVICE_BUSY' });
    expect(String((error as WsRpcError).data['holder'])).to.contain(String(holder.pid));
    await guest().kill(holder.id, 'SIGKILL');
    await until('end of the holder', async () => !(await guest().process(holder.id)).running, WITHIN_MS);
    expect((await stage.snapshot('camera0')).label).to.equal('A');
  });
});
