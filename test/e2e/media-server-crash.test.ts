import { expect } from 'chai';
import { probeFile, until, viewStream, type StreamViewer } from '../worlds/media.js';
import { isRunning, signalProcess } from '../worlds/processes.js';
import { startService, type RunningService } from '../worlds/service.js';
import type { WsClient } from '../worlds/ws-client.js';
import { lostWithin, recordedTimes } from './support/recorded.js';
import {
  expectToldGap,
  healthOf,
  recordingPath,
  seconds,
  sizeOf,
  tell,
  type StartedRecording,
  type StoppedRecording,
  showOutputOfFailed,
} from './support/world.js';

const FRAME_MS = 1_000 / 15;
const AGAIN_WITHIN_MS = 15_000;

describe('MediaMTX is killed during a recording and two views', () => {
  let service: RunningService;
  showOutputOfFailed(() => service);
  let client: WsClient;
  let started: StartedRecording;
  let killedAt: number;
  const views: StreamViewer[] = [];
  before(async () => {
    service = await startService({ set: { 'service.public_host': '127.0.0.1' } });
    client = await service.client('operator');
    await client.call('subscribe_events', { topics: ['recording.*', 'system.health'] });
    started = await client.call<StartedRecording>('start_recording', { device: 'camera0' });
    for (const device of ['camera0', 'camera1'])
      views.push(await viewStream(await viewerUrl(service, device)));
    for (const view of views) expect(await view.served, view.tail().join('\n')).to.equal(true);
    await grown(service, started.filename, 500_000);
  });
  after(async () => {
    for (const view of views) await view.stop();
    await service.stop();
  });

  it('stays up and says DEGRADED', async () => {
    expect(await healthOf(client)).to.equal('HEALTHY');
    const { mediamtx } = service.children();
    if (mediamtx === undefined) throw new Error('MediaMTX does not run');
    killedAt = performance.now();
    signalProcess(mediamtx, 'SIGKILL');
    const told = await client.nextNotification(
      ({ method, params }) => method === 'system.health' && params['status'] === 'DEGRADED',
      3_000,
    );
    tell(`DEGRADED after ${seconds(performance.now() - killedAt)}`);
    expect(told.params).to.have.property('timestamp');
    expect(isRunning(mediamtx)).to.equal(false);
  });

  it('starts it again and is HEALTHY by itself', async () => {
    await until('HEALTHY', async () => (await healthOf(client)) === 'HEALTHY', AGAIN_WITHIN_MS);
    tell(`HEALTHY again after ${seconds(performance.now() - killedAt)}`);
    expect(service.children().mediamtx).not.to.equal(undefined);
  });

  it('makes the paths again: a new viewer gets pictures', async () => {
    const view = await viewStream(await viewerUrl(service, 'camera1'));
    expect(await view.served, view.tail().join('\n')).to.equal(true);
    tell(`a new viewer has pictures ${seconds(performance.now() - killedAt)} after the kill`);
    await view.stop();
  });

  it('goes on with the recording in a further file and tells how long the gap is', async () => {
    const gap = await client.nextNotification('recording.gap', AGAIN_WITHIN_MS);
    expect(gap.params).to.include({ device: 'camera0', session_id: started.session_id });
    const length = gap.params['gap_seconds'] as number;
    tell(`recording goes on; a gap of ${length.toFixed(2)} s was told`);
    await grown(service, String(gap.params['filename']), 300_000);
    const stopped = await client.call<StoppedRecording>('stop_recording', { device: 'camera0' });
    expect(stopped.session_id).to.equal(started.session_id);
    await expectTrueGap(service, stopped);
  });
});

describe('MediaMTX hangs during a recording', () => {
  let service: RunningService;
  showOutputOfFailed(() => service);
  let client: WsClient;
  before(async () => {
    service = await startService({ set: { 'mediamtx.hung_timeout_ms': '3000' } });
    client = await service.client('operator');
    await client.call('subscribe_events', { topics: ['recording.gap'] });
  });
  after(() => service.stop());

  it('is noticed, killed and started again; the recording goes on', async () => {
    const started = await client.call<StartedRecording>('start_recording', { device: 'camera0' });
    await grown(service, started.filename, 300_000);
    const { mediamtx } = service.children();
    if (mediamtx === undefined) throw new Error('MediaMTX does not run');
    const began = performance.now();
    signalProcess(mediamtx, 'SIGSTOP');
    await until('end of the hung program', () => !isRunning(mediamtx), AGAIN_WITHIN_MS);
    tell(`killed after ${seconds(performance.now() - began)}`);
    const gap = await client.nextNotification('recording.gap', AGAIN_WITHIN_MS);
    tell(`recording again after ${seconds(performance.now() - began)}`);
    await until('HEALTHY', async () => (await healthOf(client)) === 'HEALTHY', AGAIN_WITHIN_MS);
    await grown(service, String(gap.params['filename']), 300_000);
    const stopped = await client.call<StoppedRecording>('stop_recording', { device: 'camera0' });
    expect(stopped.session_id).to.equal(started.session_id);
    await expectTrueGap(service, stopped);
  });
});

/** The pictures themselves say when they were made. */
async function expectTrueGap(service: RunningService, stopped: StoppedRecording): Promise<void> {
  const paths = stopped.files.map((name) => recordingPath(service, name));
  const times = await Promise.all(paths.map(recordedTimes));
  const [first = [], second = []] = times;
  await expectToldGap(service, stopped);
  const kept = first.length * FRAME_MS + second.length * FRAME_MS;
  expect(stopped.duration).to.be.closeTo(kept / 1_000, 0.5);
  for (const [index, path] of paths.entries()) {
    expect((await probeFile(path)).errors).to.deep.equal([]);
    expect(lostWithin(times[index] ?? []), 'pictures lost within a file').to.be.below(3);
  }
}

async function viewerUrl(service: RunningService, device: string): Promise<string> {
  return `rtsp://127.0.0.1:${service.ports.rtsp}/${device}?token=${await service.token('viewer')}`;
}

async function grown(service: RunningService, filename: string, bytes: number): Promise<void> {
  await until(
    `${bytes} bytes of ${filename}`,
    () => sizeOf(recordingPath(service, filename)) >= bytes,
    15_000,
  );
}
