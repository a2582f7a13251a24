import { expect } from 'chai';
import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../worlds/media.js';
import { isRunning, signalProcess, type ProcessInfo } from '../worlds/processes.js';
import { startService, type RunningService } from '../worlds/service.js';
import type { WsClient, WsNotification } from '../worlds/ws-client.js';
import {
  cameraOf,
  expectToldGap,
  keepRunning,
  seconds,
  streamOf,
  tell,
  type CameraStatus,
  type StartedRecording,
  type StoppedRecording,
  showOutputOfFailed,
} from './support/world.js';

const STALL_MS = 1_500;
const NOTICED_WITHIN_MS = STALL_MS + 1_500;
const AGAIN_WITHIN_MS = 10_000;

interface Sighting extends CameraStatus {
  readonly at: number;
}

describe('a camera whose pictures stop', () => {
  let service: RunningService;
  showOutputOfFailed(() => service);
  let client: WsClient;
  before(async () => {
    service = await startService({
      set: { 'streams.stall_timeout_ms': String(STALL_MS), 'streams.start_timeout_ms': '2000' },
    });
    client = await service.client('operator');
    await client.call('subscribe_events', { topics: ['camera.*', 'recording.gap'] });
  });
  after(() => service.stop());

  it('SIGSTOP of the capture: noticed, killed, started again; the status tells the truth, the recording its gap', async () => {
    const started = await client.call<StartedRecording>('start_recording', { device: 'camera0' });
    const capture = captureOf(service);
    const watcher = watchStatus(client, 'camera0');
    const stoppedAt = Date.now();
    signalProcess(capture, 'SIGSTOP');
    await until('end of the frozen process', () => !isRunning(capture), NOTICED_WITHIN_MS);
    tell(`killed ${seconds(Date.now() - stoppedAt)} after its pictures stopped`);
    const gap = await client.nextNotification('recording.gap', AGAIN_WITHIN_MS);
    await until('moving pictures', async () => (await streamOf(client, 'camera0')).ready, AGAIN_WITHIN_MS);
    tell(`pictures again ${seconds(Date.now() - stoppedAt)} after they stopped`);
    const seen = await watcher.end();
    expectTruth(seen, stoppedAt);
    expect(captureOf(service).pid).not.to.equal(capture.pid);
    const stopped = await client.call<StoppedRecording>('stop_recording', { device: 'camera0' });
    expect(stopped.session_id).to.equal(started.session_id);
    await expectToldGap(service, stopped);
    expect(gap.params['gap_seconds']).to.equal(stopped.gaps[0]?.seconds);
  });

  it('a camera that freezes is an ERROR until it moves again, and then CONNECTED by itself', async () => {
    await keepRunning(client, 'camera1');
    const watcher = watchStatus(client, 'camera1');
    const frozenAt = Date.now();
    expect((await service.cli(['synthetic', 'freeze', '2'])).code).to.equal(0);
    const error = await statusEvent(client, 'camera1', 'ERROR');
    tell(`ERROR ${seconds(Date.now() - frozenAt)} after the command: ${String(error['reason'])}`);
    await until(
      'second try',
      async () => (await streamOf(client, 'camera1')).publisher.restarts >= 2,
      15_000,
    );
    expect((await cameraOf(client, 'camera1')).status, 'no picture came').to.equal('ERROR');
    expect((await service.cli(['synthetic', 'thaw', '2'])).code).to.equal(0);
    const thawedAt = Date.now();
    await statusEvent(client, 'camera1', 'CONNECTED');
    tell(`CONNECTED ${seconds(Date.now() - thawedAt)} after it moved again`);
    expectTruth(await watcher.end(), frozenAt);
  });

  it('a camera that another program has is BUSY, and CONNECTED when it is free', async () => {
    const { captures } = service.children();
    expect((await service.cli(['synthetic', 'busy', '2'])).code).to.equal(0);
    for (const capture of captures) signalProcess(capture, 'SIGKILL');
    await statusEvent(client, 'camera1', 'BUSY');
    const snapshot = await client.answer('take_snapshot', { device: 'camera1' });
    tell(`a snapshot of it: ${String(snapshot.error?.code)} ${JSON.stringify(snapshot.error?.data)}`);
    expect(snapshot.error?.code).to.equal(-32003);
    const askedAt = Date.now();
    const recording = await client.answer('start_recording', { device: 'camera1' });
    tell(`a recording of it was refused in ${seconds(Date.now() - askedAt)}`);
    expect(recording.error?.code).to.equal(-32003);
    expect(recording.error?.data).to.include({ device: 'camera1', holder: 'another program (simulated)' });
    expect(await cameraOf(client, 'camera1')).to.include({ holder: 'another program (simulated)' });
    expect((await service.cli(['synthetic', 'idle', '2'])).code).to.equal(0);
    await statusEvent(client, 'camera1', 'CONNECTED');
  });
});

describe('a camera that is pulled out during a recording', () => {
  let service: RunningService;
  showOutputOfFailed(() => service);
  let client: WsClient;
  before(async () => {
    service = await startService();
    client = await service.client('operator');
    await client.call('subscribe_events', { topics: ['camera.*', 'recording.gap'] });
  });
  after(() => service.stop());

  it('is DISCONNECTED at once, and goes on recording when it is back', async () => {
    const started = await client.call<StartedRecording>('start_recording', { device: 'camera0' });
    const pulledAt = Date.now();
    expect((await service.cli(['synthetic', 'unplug', '1'])).code).to.equal(0);
    await client.nextNotification('camera.disconnected', 5_000);
    tell(`camera.disconnected ${seconds(Date.now() - pulledAt)} after the command was given`);
    expect((await cameraOf(client, 'camera0')).status).to.equal('DISCONNECTED');
    await until('end of the capture', () => service.children().captures.length === 0, 3_000);
    const snapshot = await client.answer('take_snapshot', { device: 'camera0' });
    expect(snapshot.error?.code).to.equal(-32020);
    client.notifications.length = 0;
    expect((await service.cli(['synthetic', 'plug', '1'])).code).to.equal(0);
    await client.nextNotification('camera.connected', 5_000);
    const gap = await client.nextNotification('recording.gap', AGAIN_WITHIN_MS);
    const stopped = await client.call<StoppedRecording>('stop_recording', { device: 'camera0' });
    expect(stopped).to.include({ session_id: started.session_id });
    await expectToldGap(service, stopped);
    expect(gap.params['gap_seconds']).to.equal(stopped.gaps[0]?.seconds);
  });
});

function captureOf(service: RunningService): ProcessInfo {
  const [capture, ...others] = service.children().captures;
  if (capture === undefined || others.length > 0) throw new Error('not exactly one capture runs');
  return capture;
}

async function statusEvent(
  client: WsClient,
  device: string,
  status: string,
): Promise<Readonly<Record<string, unknown>>> {
  const isIt = ({ method, params }: WsNotification): boolean =>
    method === 'camera.status_change' && params['device'] === device && params['status'] === status;
  try {
    return (await client.nextNotification(isIt, 20_000)).params;
  } catch (cause) {
    const now = await cameraOf(client, device);
    throw new Error(`${device} did not become ${status}: ${JSON.stringify(now)}`, { cause });
  }
}

/** Asks again and again how a camera is, as an operator's screen does. */
function watchStatus(client: WsClient, device: string) {
  const seen: Sighting[] = [];
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      seen.push({ ...(await cameraOf(client, device)), at: Date.now() });
      await delay(50);
    }
  })();
  return {
    end: async (): Promise<readonly Sighting[]> => {
      isOver = true;
      await watching;
      return seen;
    },
  };
}

/** CONNECTED only while the last picture is young; ERROR only with a reason. */
function expectTruth(seen: readonly Sighting[], since: number): void {
  const wasError = seen.some(({ status }) => status === 'ERROR');
  expect(wasError, 'it was never an ERROR').to.equal(true);
  let lastPicture = since;
  for (const { status, reason, metrics, at } of seen) {
    const youngest = metrics.last_frame_at === null ? 0 : Date.parse(metrics.last_frame_at);
    lastPicture = Math.max(lastPicture, youngest);
    const age = at - lastPicture;
    if (status === 'CONNECTED') expect(age, 'CONNECTED without pictures').to.be.below(NOTICED_WITHIN_MS);
    else expect(reason, `${status} without a reason`).to.be.a('string');
  }
}
