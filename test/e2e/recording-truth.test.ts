import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { tempDir, until } from '../worlds/media.js';
import { startService, type RunningService, type ServiceOptions } from '../worlds/service.js';
import type { WsClient } from '../worlds/ws-client.js';
import {
  recordingPath,
  recordingsOnDisk,
  showOutputOfFailed,
  sizeOf,
  type StartedRecording,
  type StoppedRecording,
} from './support/world.js';

const SOON_MS = 15_000;
/** On a disk as small as those of the tests. */
const SMALL = { 'recordings.low_space_bytes': '0', 'disk.reserve_bytes': '0' };
const STALL = { 'recordings.stall_ms': '1500' };

interface ListedCamera {
  readonly device: string;
  readonly recording: boolean;
  readonly recording_trouble?: string;
}

describe('a recording tells the truth', function () {
  this.timeout(120_000);
  let folder: Awaited<ReturnType<typeof tempDir>>;
  let service: RunningService | undefined;
  let client: WsClient;
  showOutputOfFailed(() => service);

  const begin = async (options: ServiceOptions = {}): Promise<RunningService> => {
    service = await startService({ dir: folder.path, ...options });
    client = await service.client('operator');
    await client.call('subscribe_events', { topics: ['recording.*'] });
    return service;
  };
  const record = (more: object = {}) =>
    client.call<StartedRecording>('start_recording', { device: 'camera1', ...more });
  const stop = () => client.call<StoppedRecording>('stop_recording', { device: 'camera1' });
  const camera = () => client.call<ListedCamera>('get_camera_status', { device: 'camera1' });
  const health = async () => {
    const { components } = await client.call<{
      components: Record<string, { state: string; reason?: string }>;
    }>('get_status');
    return components['recordings'];
  };
  const recordings = (): string => join(folder.path, 'recordings');
  const growing = async (): Promise<void> => {
    await until('a file that grows', async () => (await camera()).recording, SOON_MS);
    expect(await health()).to.include({ state: 'ok' });
  };

  beforeEach(async () => (folder = await tempDir()));
  afterEach(async () => {
    await service?.stop();
    service = undefined;
    await folder.remove();
  });

  describe('whatever the clocks say', () => {
    const stepped = () => {
      const file = join(folder.path, 'offset');
      writeFileSync(file, '0');
      const preload = new URL('../worlds/clock-step.mjs', import.meta.url).pathname;
      const env = { CLOCK_OFFSET_FILE: file, NODE_OPTIONS: `--import ${preload}` };
      return { env, step: (ms: number) => writeFileSync(file, String(ms)) };
    };

    for (const [what, ms] of [
      ['3 s forward', 3_000],
      ['an hour back', -3_600_000],
    ] as const) {
      it(`starts, goes on and ends in time after a step of ${what}, which leaves no gap`, async () => {
        const { env, step } = stepped();
        await begin({ env, set: { 'streams.prewarm': 'camera1' } });
        await until(
          'frames',
          async () => {
            return (await client.call<{ ready: boolean }>('get_stream_status', { device: 'camera1' })).ready;
          },
          SOON_MS,
        );
        step(ms);
        const { filename } = await record({ duration: 4 });
        step(0);
        const { params } = await client.nextNotification('recording.stop', SOON_MS);
        expect(params).to.include({ reason: 'duration reached' });
        expect(params['files']).to.deep.equal([filename]);
        expect(params['duration']).to.be.closeTo(4, 1.5);
      });
    }

    for (const [what, ms] of [
      ['behind', -7_200_000],
      ['ahead', 7_200_000],
    ] as const)
      it(`knows its file again at a start with the clock ${what}`, async () => {
        const { env, step } = stepped();
        const first = await begin({ env });
        const started = await record();
        await first.kill();
        step(ms);
        await begin({ env, ports: first.ports });
        await until('a further file', () => recordingsOnDisk(service!).length === 2, SOON_MS);
        const files = recordingsOnDisk(service!);
        for (const filename of files) {
          const answer = await client.answer('delete_recording', { filename });
          expect(answer.error?.data?.['code'], filename).to.equal('RECORDING_IN_PROGRESS');
        }
        const stopped = await stop();
        expect(stopped).to.include({ session_id: started.session_id });
        expect([...stopped.files].sort()).to.deep.equal([...files].sort());
        expect(stopped.gaps).to.have.length(1);
      });
  });

  describe('whatever the disk does', () => {
    it('says so when its file is deleted or moved, and goes on in another one', async () => {
      await begin({ set: STALL });
      const { filename } = await record();
      for (const harm of [
        (path: string) => rmSync(path),
        (path: string) => renameSync(path, `${folder.path}/away`),
      ]) {
        await growing();
        const newest = recordingsOnDisk(service!).at(-1) ?? filename;
        harm(recordingPath(service!, newest));
        const { params } = await client.nextNotification('recording.error', SOON_MS);
        expect(params['message']).to.contain(newest);
        await until('another file', () => (recordingsOnDisk(service!).at(-1) ?? '') > newest, SOON_MS);
      }
      await growing();
      const { gaps, files } = await stop();
      expect(files).not.to.include(filename);
      expect(gaps.map(({ cause }) => cause)).to.include('file_lost');
    });

    it('says so when its file is replaced by a copy of it, and goes on in another one', async () => {
      await begin({ set: STALL });
      const { filename } = await record();
      await growing();
      const path = recordingPath(service!, filename);
      copyFileSync(path, `${folder.path}/copy`);
      renameSync(`${folder.path}/copy`, path);
      await client.nextNotification('recording.error', SOON_MS);
      await until('another file', () => recordingsOnDisk(service!).length === 2, SOON_MS);
      await growing();
      const { files, gaps } = await stop();
      expect(files).to.deep.equal(recordingsOnDisk(service!));
      expect(gaps).to.have.length(1);
    });

    for (const [what, part] of [
      ['emptied', 0],
      ['cut to half', 0.5],
      ['cut inside its last frames', 0.97],
    ] as const) {
      it(`says so when its file is ${what} while it is written, and goes on in another one`, async () => {
        await begin({ set: STALL });
        const { filename } = await record();
        await growing();
        const path = recordingPath(service!, filename);
        await until('some bytes', () => sizeOf(path) > 200_000, SOON_MS);
        truncateSync(path, Math.floor(sizeOf(path) * part));
        const { params } = await client.nextNotification('recording.error', SOON_MS);
        expect(params['message']).to.contain(filename);
        await until('another file', () => (recordingsOnDisk(service!).at(-1) ?? '') > filename, SOON_MS);
        await growing();
        const { gaps } = await stop();
        expect(gaps.map(({ cause }) => cause)).to.include('file_lost');
      });
    }

    it('says so when its folder is moved away, makes it anew and goes on there', async () => {
      await begin({ set: STALL });
      await record();
      renameSync(recordings(), `${recordings()}-away`);
      await client.nextNotification('recording.error', SOON_MS);
      await until(
        'files in the folder',
        () => existsSync(recordings()) && recordingsOnDisk(service!).length > 0,
        SOON_MS,
      );
      await growing();
      expect(statSync(recordings()).mode & 0o777).to.equal(0o750);
      const { gaps, files } = await stop();
      expect([files.length, gaps.length > 0]).to.deep.equal([1, true]);
    });

    it('is stalled while nothing can be written, and goes on by itself', async () => {
      mkdirSync(recordings());
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=40m', 'tmpfs', recordings()]);
      try {
        await begin({ set: { ...STALL, ...SMALL, 'recordings.reserve_bytes': '0' } });
        await record();
        const ballast = join(recordings(), '.ballast');
        try {
          writeFileSync(ballast, Buffer.alloc(64 * 1024 * 1024));
        } catch {
          // It is full now, as it was to be.
        }
        const { params } = await client.nextNotification('recording.error', SOON_MS);
        expect(params)
          .to.have.property('message')
          .that.matches(/disk is full|written/);
        expect(await camera()).to.include({ recording: false });
        expect(await health()).to.include({ state: 'degraded' });
        rmSync(ballast);
        await growing();
        const { gaps } = await stop();
        expect(gaps.map(({ cause }) => cause)).to.include('storage');
        for (const file of recordingsOnDisk(service!))
          expect(sizeOf(recordingPath(service!, file))).to.be.above(0);
      } finally {
        await service?.stop();
        service = undefined;
        execFileSync('umount', ['-l', recordings()]);
      }
    });

    it('goes on when the drive is pulled', async () => {
      mkdirSync(recordings());
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=60m', 'tmpfs', recordings()]);
      let isMounted = true;
      try {
        await begin({ set: { ...STALL, ...SMALL, 'recordings.reserve_bytes': '0' } });
        await record();
        execFileSync('umount', ['-l', recordings()]);
        isMounted = false;
        await client.nextNotification('recording.error', SOON_MS);
        await until('a file where the drive was', () => recordingsOnDisk(service!).length > 0, SOON_MS);
        await growing();
        expect((await stop()).gaps.map(({ cause }) => cause)).to.include('file_lost');
      } finally {
        if (isMounted) execFileSync('umount', ['-l', recordings()]);
      }
    });

    it('ends in order at the reserve', async () => {
      mkdirSync(recordings());
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=20m', 'tmpfs', recordings()]);
      try {
        await begin({ set: { ...SMALL, 'recordings.reserve_bytes': '8000000' } });
        const { filename } = await record();
        writeFileSync(join(recordings(), '.ballast'), Buffer.alloc(13_000_000));
        const { params } = await client.nextNotification('recording.stop', SOON_MS);
        expect(params['reason']).to.match(/reserve/);
        expect(sizeOf(recordingPath(service!, filename))).to.be.above(0);
        const again = await client.answer('start_recording', { device: 'camera1' });
        expect(again.error?.data?.['code']).to.equal('STORAGE_FULL');
      } finally {
        await service?.stop();
        service = undefined;
        execFileSync('umount', ['-l', recordings()]);
      }
    });
  });

  it('keeps its files from other users, whatever the umask of whoever starts the service', async () => {
    const umask = process.umask(0o000);
    try {
      await begin();
    } finally {
      process.umask(umask);
    }
    const { filename } = await record();
    await stop();
    const snapshot = await client.call<{ filename: string }>('take_snapshot', { device: 'camera1' });
    const modes = [
      recordings(),
      recordingPath(service!, filename),
      join(folder.path, 'snapshots', snapshot.filename),
    ];
    expect(modes.map((path) => (statSync(path).mode & 0o777).toString(8))).to.deep.equal([
      '750',
      '640',
      '640',
    ]);
  });

  for (const format of ['fmp4', 'mpegts'] as const) {
    it(`finds a pause inside a file of ${format}`, async () => {
      await begin({ set: { 'streams.stall_timeout_ms': '8000' } });
      await record({ format });
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      const [capture] = service!.children().captures;
      process.kill(-capture!.pid, 'SIGSTOP');
      await new Promise((resolve) => setTimeout(resolve, 2_200));
      process.kill(-capture!.pid, 'SIGCONT');
      const { params } = await client.nextNotification('recording.gap', SOON_MS);
      expect(params['gap_seconds']).to.be.within(1.5, 3.5);
      const { gaps, files } = await stop();
      expect(gaps).to.have.length(1);
      expect(files).to.have.length(1);
      expect(gaps[0]).to.include({ cause: 'source' });
      const info = await client.call<{ gaps?: unknown[] }>('get_recording_info', { filename: files[0] });
      expect(info.gaps).to.deep.equal(gaps);
    });
  }
});
