/** Faults that only a driver can make, through the API of the service: the kernel's virtual camera `vivid`. */
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { until } from '../worlds/media.js';
import { guest } from './hooks.js';
import { sharedStage } from './host/cast.js';
import { cameras, heard } from './host/lab-service.js';
import { decodeWhole } from './host/pictures.js';
import { RemoteAdapters } from './host/remote-adapters.js';
import { silenceMs, tell } from './host/report.js';
import { VIVID_NODE, disconnectVivid, loadVivid, unloadVivid } from './host/vivid.js';

const STALL_MS = 3000;
const WITHIN_MS = 90_000;
/** Some three pictures. */
const FLAG_EVERY_MS = 200;

describe('a driver that makes faults, through the service', function () {
  this.timeout(240_000);
  let adapters: RemoteAdapters;
  before(async () => {
    await loadVivid();
    adapters = await RemoteAdapters.start(guest());
  });
  afterEach(() => set('Percentage of Dropped Buffers', 0));
  const stage = sharedStage({ set: { 'streams.stall_timeout_ms': String(STALL_MS) } }, 'CONNECTED');
  after(async () => {
    await adapters.close();
    await unloadVivid();
  });

  const set = (name: string, value = 1): Promise<void> => adapters.control({ node: VIVID_NODE, name, value });
  const theCamera = async (): Promise<string> => {
    await until('vivid', async () => (await cameras(stage.client)).length === 1, WITHIN_MS);
    return String((await cameras(stage.client))[0]?.device);
  };
  /** Meanwhile some of the pictures that the driver delivers have an error flag. */
  const whileFlagging = async (work: () => Promise<void>): Promise<void> => {
    const over = new AbortController();
    const flagging = (async () => {
      while (!over.signal.aborted) {
        await set('Inject V4L2_BUF_FLAG_ERROR');
        await delay(FLAG_EVERY_MS);
      }
    })();
    try {
      await work();
    } finally {
      over.abort();
      await flagging;
    }
  };
  /** Takes pictures, each of which must be stored whole. */
  const takeWhole = async (device: string, count: number): Promise<void> => {
    for (let n = 0; n < count; n++) {
      const { picture, width, height } = await stage.snapshot(device);
      expect(decodeWhole(picture)).to.deep.equal({ width, height });
    }
  };
  const run = async (device: string): Promise<void> => {
    await stage.client.call('start_streaming', { device });
    await stage.untilReady(device);
  };

  it('pictures with an error flag are not stored, idle or running', async () => {
    const device = await theCamera();
    await whileFlagging(async () => {
      await takeWhole(device, 3);
      await run(device);
      await takeWhole(device, 5);
    });
    expect((await stage.status(device)).status).to.equal('CONNECTED');
  });

  it('dropped buffers are no fault while some come; without any the camera is frozen, and comes back by itself', async () => {
    const device = await theCamera();
    await run(device);
    await set('Percentage of Dropped Buffers', 50);
    await takeWhole(device, 5);
    expect((await stage.status(device)).status).to.equal('CONNECTED');
    await set('Percentage of Dropped Buffers', 100);
    const took = await stage.untilStatus(device, 'ERROR');
    const { reason } = await stage.status(device);
    tell(
      `no more buffers → status ERROR: ${took.toFixed(0)} ms (${String(STALL_MS)} configured): ${String(reason)}`,
    );
    expect(silenceMs(reason)).to.be.within(STALL_MS, 3 * STALL_MS);
    await set('Percentage of Dropped Buffers', 0);
    await stage.untilStatus(device, 'CONNECTED');
    await stage.untilReady(device);
    await takeWhole(device, 2);
  });

  it('a fatal error of the queue is survived', async () => {
    const device = await theCamera();
    await run(device);
    await set('Inject Fatal Streaming Error');
    await heard(stage.client, 'stream.stopped', device);
    await stage.untilStatus(device, 'CONNECTED');
    await stage.untilReady(device);
    await takeWhole(device, 2);
  });

  it('ENODEV without an event is noticed, and is over when the device answers again', async () => {
    const device = await theCamera();
    await run(device);
    const takeBack = await disconnectVivid();
    tell(`ENODEV → status ERROR: ${(await stage.untilStatus(device, 'ERROR')).toFixed(0)} ms`);
    const error: unknown = await stage.snapshot(device).catch((e: unknown) => e);
    expect(error).to.be.instanceOf(Error);
    await takeBack();
    tell(`it answers again → CONNECTED: ${(await stage.untilStatus(device, 'CONNECTED')).toFixed(0)} ms`);
    await stage.untilReady(device);
    await takeWhole(device, 2);
  });
});
