/** Recording and viewing do not disturb each other: the times of the pictures prove it. */
import { expect } from 'chai';
import { probeFile, until, viewStream, type StreamViewer } from '../worlds/media.js';
import { lostPictures } from '../worlds/picture-times.js';
import { startService, type RunningService } from '../worlds/service.js';
import type { WsClient } from '../worlds/ws-client.js';
import { showOutputOfFailed } from './support/world.js';

const FPS = 15;
const DEVICE = { device: 'camera0' };
/** A stream that is started again, or a recorder that waits for the next keyframe, loses more. */
const MOST_LOST = 3;
const VIEWERS = 10;
const RECORDINGS = 4;

describe('recording and viewing at once', function () {
  this.timeout(120_000);
  let service: RunningService;
  let client: WsClient;
  showOutputOfFailed(() => service);

  before(async () => {
    const set = {
      'synthetic.cameras': JSON.stringify([{ name: 'Front Door', width: 640, height: 480, fps: FPS }]),
      'adapters.device_event_source': 'synthetic',
      'streams.idle_timeout_ms': '1000',
      'streams.viewer_grace_ms': '3000',
    };
    service = await startService({ set });
    client = await service.client('operator');
  });

  after(async () => {
    await service?.stop();
  });

  async function view(): Promise<StreamViewer> {
    const token = await service.token('viewer');
    return viewStream(`rtsp://127.0.0.1:${service.ports.rtsp}/camera0?token=${token}`);
  }

  async function visit(): Promise<void> {
    const viewer = await view();
    expect(await viewer.served, viewer.tail().join('\n')).to.equal(true);
    await viewer.stop();
  }

  it('a recording without any viewer records, and ten that come and go make no gap in it', async () => {
    await client.call('start_recording', DEVICE);
    const [capture] = service.children().captures;
    await until('a while without a viewer', longerThan(3_000), 10_000);
    expect(await readers(client), 'viewers').to.equal(0);
    for (let count = 0; count < VIEWERS; count += 1) await visit();
    const { files, duration } = await client.call<Stopped>('stop_recording', DEVICE);
    expect(files).to.have.length(1);
    const probed = await probeFile(service.path('recordings', files[0] ?? ''));
    expect(probed.errors).to.deep.equal([]);
    tell(`${duration} s, ${probed.frames} pictures`, probed.timestamps);
    expect(lostPictures(probed.timestamps, FPS), 'lost pictures').to.be.below(MOST_LOST);
    expect(probed.frames, 'pictures').to.be.at.least((duration - 0.5) * FPS * 0.98);
    expect(capture?.pid).to.be.a('number');
  });

  it('after a recording nothing runs any more', async () => {
    await until('end of all ffmpeg', () => service.children().ffmpeg.length === 0, 10_000);
  });

  it('recordings that start and stop do not interrupt a viewer', async () => {
    const viewer = await view();
    expect(await viewer.served).to.equal(true);
    const [capture] = service.children().captures;
    const before = viewer.packets().length;
    for (let count = 0; count < RECORDINGS; count += 1) {
      await client.call('start_recording', { ...DEVICE, format: count % 2 === 0 ? 'fmp4' : 'mpegts' });
      await client.call('stop_recording', DEVICE);
    }
    const during = viewer.packets().slice(before);
    expect(viewer.isAlive()).to.equal(true);
    expect(during.length, 'packets while recordings came and went').to.be.above(RECORDINGS * FPS);
    tell(`${during.length} packets`, during);
    expect(lostPictures(during, FPS), 'lost packets').to.be.below(MOST_LOST);
    expect(service.children().captures.map(({ pid }) => pid)).to.deep.equal([capture?.pid]);
    await viewer.stop();
  });

  it('a viewer who leaves does not end a recording, nor does a recording that ends take the camera from a viewer', async () => {
    await client.call('start_recording', DEVICE);
    const first = await view();
    expect(await first.served).to.equal(true);
    await first.stop();
    await until('time without a viewer, longer than the idle time', longerThan(3_000), 10_000);
    const second = await view();
    expect(await second.served).to.equal(true);
    const { files } = await client.call<Stopped>('stop_recording', DEVICE);
    const { timestamps, errors } = await probeFile(service.path('recordings', files[0] ?? ''));
    expect(errors).to.deep.equal([]);
    tell(`${timestamps.length} pictures`, timestamps);
    expect(lostPictures(timestamps, FPS), 'lost pictures').to.be.below(MOST_LOST);
    const heard = second.packets().length;
    await until(
      'three seconds more of pictures',
      () => !second.isAlive() || second.packets().length >= heard + 3 * FPS,
      30_000,
    );
    expect(second.isAlive(), second.tail().join('\n')).to.equal(true);
    const seen = second.packets();
    tell(`${seen.length} packets`, seen);
    expect(lostPictures(seen, FPS), 'lost packets').to.be.below(MOST_LOST);
    await second.stop();
  });
});

interface Stopped {
  readonly files: readonly string[];
  readonly duration: number;
}

async function readers(client: WsClient): Promise<number> {
  return (await client.call<{ readers: number }>('get_stream_status', DEVICE)).readers;
}

function longerThan(ms: number): () => boolean {
  const end = performance.now() + ms;
  return () => performance.now() > end;
}

function tell(what: string, times: readonly number[]): void {
  const steps = times.slice(1).map((time, index) => time - (times[index] ?? time));
  const lost = lostPictures(times, FPS);
  console.log(
    `        ${what}, longest step ${(Math.max(...steps) * 1000).toFixed(0)} ms, ${lost.toFixed(1)} lost`,
  );
}
