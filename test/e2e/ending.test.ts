import { expect } from 'chai';
import { setTimeout as delay } from 'node:timers/promises';
import { probeFile, tempDir, until, viewStream } from '../worlds/media.js';
import { isFree } from '../worlds/ports.js';
import { isRunning, signalProcess } from '../worlds/processes.js';
import {
  killForgotten,
  pickPorts,
  startService,
  type RunningService,
  type ServicePorts,
} from '../worlds/service.js';
import type { WsClient } from '../worlds/ws-client.js';
import { recordedTimes } from './support/recorded.js';
import {
  cameraOf,
  expectToldGap,
  keepRunning,
  recordingPath,
  seconds,
  sizeOf,
  tell,
  type StartedRecording,
  type StoppedRecording,
} from './support/world.js';

const END_WITHIN_MS = 10_000;
/** A signal that comes again sooner is taken for the echo that npm makes. */
const ECHO_MS = 300;

interface Place {
  readonly dir: string;
  readonly ports: ServicePorts;
}

describe('the end of the service', () => {
  let folder: Awaited<ReturnType<typeof tempDir>>;
  let place: Place;
  beforeEach(async () => {
    folder = await tempDir();
    place = { dir: folder.path, ports: await pickPorts() };
  });
  afterEach(async () => {
    const output = await killForgotten();
    if (output !== '') console.log(output);
    await folder.remove();
  });

  it('SIGTERM: new work is refused, the recording is playable, nothing is left, exit 0 within 10 s', async () => {
    const { service, client, started } = await busyService(place);
    const view = await viewStream(
      `rtsp://127.0.0.1:${place.ports.rtsp}/camera1?token=${await service.token('viewer')}`,
    );
    expect(await view.served).to.equal(true);
    await client.call('subscribe_events', { topics: ['system.shutdown'] });
    const askedAt = Date.now();
    const ending = service.stop('SIGTERM');
    await client.nextNotification('system.shutdown', END_WITHIN_MS);
    const refused = await client.answer('start_recording', { device: 'camera1' }).catch(String);
    const end = await ending;
    await view.stop();
    tell(`ended after ${seconds(end.tookMs)}; new work: ${describeRefusal(refused)}`);
    expect(end).to.include({ code: 0, signal: null });
    expect(end.tookMs).to.be.below(END_WITHIN_MS);
    expect(end.orphans.map(({ command }) => command.join(' '))).to.deep.equal([]);
    expect(typeof refused === 'string' ? 'closed' : refused.error?.code).to.be.oneOf(['closed', -32020]);
    await expectFreePorts(place.ports);
    const probed = await probeFile(recordingPath(service, started.filename));
    expect(probed.errors).to.deep.equal([]);
    const lastPicture = (await recordedTimes(recordingPath(service, started.filename))).at(-1) ?? 0;
    tell(`its last picture was made ${seconds(askedAt - lastPicture)} before the signal`);
    expect(askedAt - lastPicture).to.be.below(1_000);
  });

  it('a second SIGTERM ends it at once, and no process stays behind', async () => {
    const { service } = await busyService(place);
    const { all, mediamtx } = service.children();
    // With this part hanging the orderly end would take its time.
    if (mediamtx !== undefined) signalProcess(mediamtx, 'SIGSTOP');
    service.signal('SIGTERM');
    await until('shutdown under way', () => service.output().includes('is stopping'));
    await delay(ECHO_MS);
    expect(service.isAlive, 'nothing to cut short').to.equal(true);
    const began = performance.now();
    service.signal('SIGTERM');
    const { code } = await service.exited;
    const tookMs = performance.now() - began;
    tell(`the second signal ended it within ${seconds(tookMs)}, exit code ${String(code)}`);
    expect(tookMs).to.be.below(1_000);
    expect(code).not.to.equal(0);
    await until('end of all children', () => !all.some(isRunning), 1_000);
    await service.stop();
  });

  it('SIGKILL: the next start ends what was left behind and goes on with the recording', async () => {
    const { service, client, started } = await busyService(place);
    await keepRunning(client, 'camera1');
    const left = service.children().all;
    service.signal('SIGKILL');
    await service.exited;
    const survivors = left.filter(isRunning);
    tell(`${survivors.length} of ${left.length} processes outlived the service`);
    const next = await startService(place);
    try {
      expect(left.filter(isRunning).map(({ command }) => command.join(' '))).to.deep.equal([]);
      await expectResumed(next, started);
    } finally {
      const end = await next.stop();
      expect(end).to.deep.include({ code: 0, orphans: [] });
    }
    await expectFreePorts(place.ports);
  });

  it('SIGTERM and a start again: the recording goes on', async () => {
    const { service, started } = await busyService(place);
    await service.stop();
    const next = await startService(place);
    await expectResumed(next, started);
    expect((await next.stop()).code).to.equal(0);
  });
});

/** A service that records camera0. */
async function busyService(
  place: Place,
): Promise<{ service: RunningService; client: WsClient; started: StartedRecording }> {
  const service = await startService(place);
  const client = await service.client('operator');
  const started = await client.call<StartedRecording>('start_recording', { device: 'camera0' });
  const path = recordingPath(service, started.filename);
  await until('two seconds of recording', () => sizeOf(path) > 500_000, 15_000);
  return { service, client, started };
}

async function expectResumed(next: RunningService, started: StartedRecording): Promise<void> {
  const client = await next.client('operator');
  const again = await client.answer('start_recording', { device: 'camera0' });
  expect(again.error?.code, 'it is being recorded already').to.equal(-32004);
  expect((await cameraOf(client, 'camera0')).recording).to.equal(true);
  const { files } = await client.call<{ files: { filename: string }[] }>('list_recordings');
  expect(files.map(({ filename }) => filename)).to.include(started.filename);
  await until('further file', async () => (await grownFiles(client, next)) >= 2, 15_000);
  const stopped = await client.call<StoppedRecording>('stop_recording', { device: 'camera0' });
  expect(stopped).to.include({ session_id: started.session_id, start_time: started.start_time });
  expect(stopped.files[0]).to.equal(started.filename);
  await expectToldGap(next, stopped);
}

async function grownFiles(client: WsClient, service: RunningService): Promise<number> {
  const { files } = await client.call<{ files: { filename: string; device: string }[] }>('list_recordings');
  const grown = files.filter(({ filename }) => sizeOf(recordingPath(service, filename)) > 200_000);
  return grown.filter(({ device }) => device === 'camera0').length;
}

async function expectFreePorts(ports: ServicePorts): Promise<void> {
  const taken: string[] = [];
  for (const [name, port] of Object.entries(ports) as [string, number][])
    if (!(await isFree(port))) taken.push(`${name} ${port}`);
  expect(taken, 'ports still taken').to.deep.equal([]);
}

function describeRefusal(refused: string | { readonly error?: unknown }): string {
  return typeof refused === 'string' ? refused : JSON.stringify(refused.error);
}
