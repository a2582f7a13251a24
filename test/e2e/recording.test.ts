import { expect } from 'chai';
import { chmodSync, copyFileSync, writeFileSync } from 'node:fs';
import { probeFile, mediamtxBin, tempDir, until } from '../worlds/media.js';
import { signalProcess } from '../worlds/processes.js';
import { startService, type RunningService } from '../worlds/service.js';
import type { WsClient } from '../worlds/ws-client.js';
import {
  healthOf,
  recordingPath,
  recordingsOnDisk,
  seconds,
  sizeOf,
  streamOf,
  tell,
  type StartedRecording,
  type StoppedRecording,
  showOutputOfFailed,
} from './support/world.js';

const ANSWER_WITHIN_MS = 5_000;

describe('start_recording says what is true', () => {
  describe('while everything runs', () => {
    let service: RunningService;
    showOutputOfFailed(() => service);
    let client: WsClient;
    before(async () => {
      service = await startService();
      client = await service.client('operator');
    });
    after(() => service.stop());

    it('answers after the first bytes are on disk, from an idle camera and from a running one', async () => {
      for (const state of ['idle', 'running']) {
        const began = performance.now();
        const started = await client.call<StartedRecording>('start_recording', { device: 'camera0' });
        const size = sizeOf(recordingPath(service, started.filename));
        tell(`${state} camera: answered after ${seconds(performance.now() - began)}, ${size} bytes on disk`);
        expect(size).to.be.above(0);
        expect(started.status).to.equal('RECORDING');
        const stopped = await client.call<StoppedRecording>('stop_recording', { device: 'camera0' });
        expect(stopped.files).to.deep.equal([started.filename]);
        const probed = await probeFile(recordingPath(service, started.filename));
        expect(probed.errors).to.deep.equal([]);
        await client.call('start_streaming', { device: 'camera0' });
      }
    });

    for (const format of ['mp4', 'mkv', 'avi', 'mpegts'] as const) {
      it(`writes ${format} and ends by itself after its duration`, async () => {
        await client.call('subscribe_events', { topics: ['recording.stop'] });
        await client.call('start_recording', { device: 'camera1', format, duration: 2 });
        const { params } = await client.nextNotification('recording.stop', 15_000);
        const [file = '', ...others] = params['files'] as string[];
        expect(others).to.deep.equal([]);
        expect(file).to.match(format === 'mpegts' ? /\.ts$/ : new RegExp(`\\.${format}$`));
        const { errors, durationSeconds } = await probeFile(recordingPath(service, file));
        tell(`${format}: ${durationSeconds.toFixed(2)} s`);
        expect(errors).to.deep.equal([]);
        expect(durationSeconds).to.be.closeTo(2, 0.7);
        expect(params['duration']).to.be.closeTo(durationSeconds, 0.2);
      });
    }

    it('tells of a conversion, and answers with what is there', async () => {
      await client.call('subscribe_events', { topics: ['remux.progress'] });
      await client.call('start_recording', { device: 'camera1', format: 'mkv' });
      const stopped = await client.call<StoppedRecording>('stop_recording', { device: 'camera1' });
      const { conversion, format, filename, file_size: size } = stopped;
      expect(conversion).to.deep.include({ format: 'mkv', state: 'DONE' });
      expect(format).to.equal('mkv');
      expect(sizeOf(recordingPath(service, filename))).to.equal(size);
      const [job = ''] = conversion?.job_ids ?? [];
      const isLast = (params: Record<string, unknown>): boolean =>
        params['job_id'] === job && params['state'] === 'DONE';
      let last: Record<string, unknown> = {};
      while (!isLast(last)) last = (await client.nextNotification('remux.progress', 10_000)).params;
      expect(last).to.deep.include({ device: 'camera1', filename, percent: 100 });
      const cancel = await client.answer('cancel_job', { job_id: job });
      expect(cancel.error?.code, 'it is over').to.equal(-32020);
    });

    it('refuses a second recording of the same camera, and a stop without one', async () => {
      await client.call('start_recording', { device: 'camera1' });
      const again = await client.answer('start_recording', { device: 'camera1' });
      expect(again.error?.code).to.equal(-32004);
      await client.call('stop_recording', { device: 'camera1' });
      const stop = await client.answer('stop_recording', { device: 'camera1' });
      expect(stop.error?.code).to.equal(-32020);
    });
  });

  describe('without a media server', () => {
    it('answers -32050 within 5 s while MediaMTX is stopped (SIGSTOP), and leaves nothing behind', async () => {
      const service = await startService();
      try {
        const { mediamtx } = service.children();
        if (mediamtx === undefined) throw new Error('MediaMTX does not run');
        signalProcess(mediamtx, 'SIGSTOP');
        await expectRefusal(service, 'camera0');
        signalProcess(mediamtx, 'SIGCONT');
        const client = await service.client('operator');
        await until(
          'recording after MediaMTX goes on',
          async () => {
            return (await client.answer('start_recording', { device: 'camera0' })).error === undefined;
          },
          20_000,
        );
      } finally {
        await service.stop();
      }
    });

    it('answers -32050 within 5 s when MediaMTX is stopped under a running camera', async () => {
      const service = await startService();
      try {
        const client = await service.client('operator');
        await client.call('start_streaming', { device: 'camera1' });
        await until('running camera', async () => (await streamOf(client, 'camera1')).ready);
        const { mediamtx } = service.children();
        if (mediamtx === undefined) throw new Error('MediaMTX does not run');
        signalProcess(mediamtx, 'SIGSTOP');
        await expectRefusal(service, 'camera1', { isWantedElsewhere: true });
        signalProcess(mediamtx, 'SIGCONT');
        await until('healthy service', async () => (await healthOf(client)) === 'HEALTHY', 20_000);
        expect(recordingsOnDisk(service), 'begun by a call that was heard late').to.deep.equal([]);
      } finally {
        await service.stop();
      }
    });

    it('answers -32050 within 5 s when MediaMTX was killed and cannot start again', async () => {
      const folder = await tempDir();
      const program = `${folder.path}/mediamtx`;
      copyFileSync(mediamtxBin(), program);
      chmodSync(program, 0o755);
      const service = await startService({ set: { 'mediamtx.binary': program } });
      try {
        const { mediamtx } = service.children();
        if (mediamtx === undefined) throw new Error('MediaMTX does not run');
        await until('end of the old program', () => {
          signalProcess(mediamtx, 'SIGKILL');
          return replaced(program);
        });
        await expectRefusal(service, 'camera0');
      } finally {
        await service.stop();
        await folder.remove();
      }
    });
  });
});

/** A running program's file cannot be written to: tried again until the program has ended. */
function replaced(program: string): boolean {
  try {
    writeFileSync(program, '#!/bin/sh\nexit 1\n');
    return true;
  } catch {
    return false;
  }
}

async function expectRefusal(
  service: RunningService,
  device: string,
  { isWantedElsewhere = false } = {},
): Promise<void> {
  const client = await service.client('operator');
  const began = performance.now();
  const answer = await client.answer('start_recording', { device });
  const tookMs = performance.now() - began;
  tell(`refused after ${seconds(tookMs)}: ${answer.error?.message ?? 'not at all'}`);
  expect(answer.error?.code, JSON.stringify(answer)).to.equal(-32050);
  expect(answer.error?.data).to.include({ code: 'DEPENDENCY_FAILED' });
  expect(tookMs).to.be.below(ANSWER_WITHIN_MS);
  expect(recordingsOnDisk(service)).to.deep.equal([]);
  const camera = await client.call<{ recording: boolean }>('get_camera_status', { device });
  expect(camera.recording).to.equal(false);
  if (isWantedElsewhere) return;
  const { status, publisher } = await streamOf(client, device);
  expect({ status, running: publisher.running }).to.deep.equal({ status: 'INACTIVE', running: false });
  await until('end of every ffmpeg', () => service.children().ffmpeg.length === 0);
}
