import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir, until } from '../worlds/media.js';
import { startService, type RunningService, type ServiceOptions } from '../worlds/service.js';
import type { WsClient } from '../worlds/ws-client.js';
import {
  recordingsOnDisk,
  showOutputOfFailed,
  tell,
  type StartedRecording,
  type StoppedRecording,
} from './support/world.js';

const MB = 1_000_000;
const GB = 1_000_000_000;
const SOON_MS = 30_000;
const CAMERAS = ['camera0', 'camera1'];
const FREE_MB = 14;
const LOW_MB = 16;
const SETTINGS = {
  'mediamtx.record_segment_duration_ms': '2000',
  'recordings.low_space_bytes': String(LOW_MB * MB),
  'recordings.reserve_bytes': String(3 * MB),
  'snapshots.reserve_bytes': String(2 * MB),
  'disk.reserve_bytes': '0',
};

interface Listed {
  readonly files: readonly {
    readonly filename: string;
    readonly device: string;
    readonly protected: boolean;
  }[];
}

describe('recordings on a small disk', function () {
  this.timeout(240_000);
  let folder: Awaited<ReturnType<typeof tempDir>>;
  let service: RunningService | undefined;
  let client: WsClient;
  let mounted: string[];
  showOutputOfFailed(() => service);

  const begin = async (options: ServiceOptions = {}): Promise<void> => {
    const { set, ...others } = options;
    service = await startService({ dir: folder.path, ...others, set: { ...SETTINGS, ...set } });
    client = await service.client('admin');
  };
  const again = async (options: ServiceOptions = {}): Promise<void> => {
    const { ports } = service!;
    await service!.stop();
    await begin({ ports, waitFor: 'serving', ...options });
    await until('storage', async () => (await client.answer('list_recordings')).error === undefined, SOON_MS);
  };
  const mount = (name: string, size: string): string => {
    const path = join(folder.path, name);
    mkdirSync(path, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path]);
    mounted.push(path);
    return path;
  };
  const available = async (): Promise<number> =>
    (await client.call<{ available_space: number }>('get_storage_info')).available_space;
  const listed = async (): Promise<Listed['files']> =>
    (await client.call<Listed>('list_recordings', { limit: 1000, order: 'oldest' })).files;
  const audited = (): readonly { readonly principal?: string; readonly params?: Record<string, unknown> }[] =>
    readdirSync(join(folder.path, 'logs'))
      .filter((name) => name.startsWith('audit'))
      .flatMap((name) => readFileSync(join(folder.path, 'logs', name), 'utf8').split('\n'))
      .flatMap((line) => (line.includes('"principal":"retention"') ? [JSON.parse(line) as never] : []));

  beforeEach(async () => {
    folder = await tempDir();
    mounted = [];
  });
  afterEach(async () => {
    await service?.stop();
    service = undefined;
    for (const path of mounted) execFileSync('umount', ['-l', path]);
    await folder.remove();
  });

  it('make room for themselves without a gap, and spare what is protected; all of it survives a restart', async () => {
    const recordings = mount('recordings', '60m');
    await begin();
    await client.call('subscribe_events', { topics: ['storage.low', 'recording.gap', 'recording.error'] });
    for (const device of CAMERAS) await client.call<StartedRecording>('start_recording', { device });
    const filesOf = (device: string) => recordingsOnDisk(service!).filter((name) => name.startsWith(device));
    await until('files', () => CAMERAS.every((each) => filesOf(each).length >= 4), SOON_MS);
    const [first = { filename: '' }, second = { filename: '' }] = await listed();
    const short = first.filename.replace('.mp4', '');
    await client.call('protect_recording', { filename: short, protected: true });
    writeFileSync(join(recordings, 'put-there-by-hand.mp4'), Buffer.alloc(1_000));
    const policy = { policy_type: 'size', enabled: true, min_free_gb: FREE_MB / 1_000 };
    await client.call('set_retention_policy', policy);
    // From here on there is room for seconds only.
    writeFileSync(join(recordings, '.ballast'), Buffer.alloc((await available()) - (LOW_MB - 1) * MB));
    const { params: low } = await client.nextNotification('storage.low', SOON_MS);
    expect(low['available_bytes']).to.be.below(LOW_MB * MB);
    await until('deletions', () => audited().length >= 4, 120_000);
    await until('room', async () => (await available()) >= FREE_MB * MB, SOON_MS);
    const dropped = audited().map(({ params }) => params);
    tell(`${String(dropped.length)} files were deleted while ${String(CAMERAS.length)} cameras record`);
    expect(dropped[0]).to.deep.equal({ filename: second.filename, reason: 'free_space' });
    for (const device of CAMERAS) {
      const stopped = await client.call<StoppedRecording>('stop_recording', { device });
      expect(stopped.gaps, device).to.deep.equal([]);
      expect(recordingsOnDisk(service!)).to.include.members([...stopped.files]);
    }
    expect(client.notifications.filter(({ method }) => method.startsWith('recording.'))).to.deep.equal([]);
    expect(recordingsOnDisk(service!)).to.include.members([first.filename, 'put-there-by-hand.mp4']);
    for (const each of dropped) expect(recordingsOnDisk(service!)).not.to.include(each?.['filename']);

    await again();
    const { retention } = await client.call<{ retention: object[] }>('get_storage_info');
    expect(retention).to.deep.equal([{ ...policy, origin: 'stored' }]);
    expect((await listed()).filter((file) => file.protected).map(({ filename }) => filename)).to.deep.equal([
      first.filename,
    ]);
    await client.call('set_retention_policy', { policy_type: 'manual', enabled: true, max_size_gb: 1 / GB });
    const before = recordingsOnDisk(service!);
    const planned = await client.call<Listed>('cleanup_old_files', { dry_run: true });
    expect(recordingsOnDisk(service!)).to.deep.equal(before);
    const done = await client.call<Listed>('cleanup_old_files');
    expect(done.files).to.deep.equal(planned.files);
    expect([...recordingsOnDisk(service!)].sort()).to.deep.equal(
      [first.filename, 'put-there-by-hand.mp4'].sort(),
    );
    const refused = await client.answer('delete_recording', { filename: short });
    expect(refused.error).to.deep.include({ code: -32020 });
  });

  it('are refused at the reserve, pictures at theirs, and both are taken again when there is room', async () => {
    const recordings = mount('recordings', '20m');
    mount('snapshots', '20m');
    await begin({ waitFor: 'serving' });
    await until(
      'a camera',
      async () => (await client.answer('get_camera_status', { device: 'camera0' })).error === undefined,
      SOON_MS,
    );
    const ballast = join(recordings, '.ballast');
    const fill = async (leave: number): Promise<void> => {
      rmSync(ballast, { force: true });
      writeFileSync(ballast, Buffer.alloc((await available()) - leave));
    };
    const code = async (method: string) =>
      (await client.answer(method, { device: 'camera0' })).error?.code ?? 'ok';
    await fill(2.5 * MB);
    expect(await code('start_recording')).to.equal(-32060);
    expect(await code('take_snapshot')).to.equal('ok');
    await fill(1.5 * MB);
    expect(await code('take_snapshot')).to.equal(-32060);
    expect(recordingsOnDisk(service!)).to.deep.equal([]);
    rmSync(ballast);
    expect(await code('take_snapshot')).to.equal('ok');
    expect(await code('start_recording')).to.equal('ok');
    await client.call('stop_recording', { device: 'camera0' });
  });

  it('keep to the policy before when a new one finds no room on the disk, also after a restart', async () => {
    const state = mount('state', '1m');
    await begin();
    const before = { policy_type: 'age', enabled: true, max_age_days: 300 };
    await client.call('set_retention_policy', before);
    const ballast = join(state, 'ballast');
    const fill = (): void => {
      for (let size = 1024 * 1024; size >= 1; size = size >> 1)
        try {
          writeFileSync(ballast, Buffer.alloc(size), { flag: 'a' });
        } catch {
          // It is what does not fit any more.
        }
    };
    fill();
    const refused = await client.answer('set_retention_policy', { ...before, max_age_days: 1 });
    expect(refused.error).to.deep.include({ code: -32060 });
    const policies = async () => (await client.call<{ retention: object[] }>('get_storage_info')).retention;
    expect(await policies()).to.deep.equal([{ ...before, origin: 'stored' }]);
    rmSync(ballast);
    await again();
    expect(await policies()).to.deep.equal([{ ...before, origin: 'stored' }]);
    await client.call('set_retention_policy', { ...before, max_age_days: 200 });
    expect(await policies()).to.deep.equal([{ ...before, max_age_days: 200, origin: 'stored' }]);
  });
});
