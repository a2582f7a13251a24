/** Plugins that misbehave in every way, all in one service, which goes on with everything else. */
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { FAULTS } from '../worlds/faulty-plugin.mjs';
import { until } from '../worlds/media.js';
import { startService, type RunningService } from '../worlds/service.js';
import type { WsClient } from '../worlds/ws-client.js';

const PLUGIN = fileURLToPath(new URL('../worlds/faulty-plugin.mjs', import.meta.url));
const SETUP_MS = 1_500;
const STOP_WITHIN_MS = 10_000;
/** A fault that shows only when the service ends, or that costs nobody anything. */
const UNSEEN = ['watch-is-deaf', 'transport-does-not-stop'];
const WITHIN_MS = 60_000;

interface Status {
  readonly status: string;
  readonly components: Readonly<Record<string, { readonly state: string; readonly reason?: string }>>;
}
interface Camera {
  readonly device: string;
  readonly name: string;
  readonly status: string;
}

describe('plugins that misbehave', function () {
  this.timeout(240_000);
  let dir: string;
  let service: RunningService;
  let client: WsClient;

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'cs-faulty-'));
    const names = FAULTS.map((fault) => `faulty-${fault}`);
    for (const name of names) await copyFile(PLUGIN, join(dir, `${name}.mjs`));
    const also = (...own: string[]): string => [...own, ...names].join(',');
    service = await startService({
      waitFor: 'serving',
      withinMs: WITHIN_MS,
      set: {
        'plugins.load': names.map((name) => join(dir, `${name}.mjs`)).join(','),
        'plugins.setup_timeout_ms': String(SETUP_MS),
        'adapters.device_event_source': also('synthetic'),
        'adapters.camera_probe': also('synthetic'),
        'adapters.frame_grabber': also('ffmpeg'),
        'adapters.capture': also('ffmpeg'),
        'adapters.transport': also('ws-jsonrpc', 'http-files', 'http-health'),
        'synthetic.cameras': JSON.stringify([{ name: 'Good', width: 320, height: 240, fps: 15 }]),
      },
    });
    client = await service.client('operator');
    await until('service that is up', async () => (await status()).status !== 'starting', WITHIN_MS);
  });

  after(async () => {
    await service?.kill();
    await rm(dir, { recursive: true, force: true });
  });

  const status = (): Promise<{ status: string }> => client.call('get_system_status');
  const cameras = async (): Promise<readonly Camera[]> =>
    (await client.call<{ cameras: Camera[] }>('get_camera_list')).cameras;
  const health = (): Promise<Status> => client.call<Status>('get_status');
  const good = async (): Promise<Camera | undefined> => (await cameras()).find(({ name }) => name === 'Good');

  /** What health says of the plugin with a fault; it is named by its file when it could not be loaded. */
  const complaint = ({ components }: Status, fault: string): string | undefined =>
    Object.entries(components).find(
      ([key, { state }]) => state !== 'ok' && key.startsWith('plugin:') && key.includes(`faulty-${fault}`),
    )?.[1].reason;

  it('leave the other cameras alone: one of them is recorded without a gap while they are all tried', async () => {
    await until('camera that works', async () => (await good())?.status === 'CONNECTED', WITHIN_MS);
    const device = (await good())?.device ?? '';
    await client.call('start_recording', { device });
    const faulty = (await cameras()).filter(({ name }) => name.startsWith('faulty-'));
    expect(faulty.length).to.be.greaterThan(20);
    const tried = faulty.filter(({ name }) => /faulty-(?:grab|capture)/.test(name));
    await Promise.all(
      tried.map(async ({ device: camera }) => {
        expect((await client.answer('take_snapshot', { device: camera })).error?.code).to.equal(-32050);
        await client.answer('start_streaming', { device: camera });
      }),
    );
    const { components } = await health();
    expect(components['storage']?.state).to.equal('ok');
    const { filename } = await client.call<{ filename: string }>('stop_recording', { device });
    const info = await client.call<{ gaps?: unknown[]; duration: number }>('get_recording_info', {
      filename,
    });
    expect(info.gaps ?? []).to.deep.equal([]);
    expect(info.duration).to.be.greaterThan(1);
  });

  for (const fault of FAULTS.filter((each) => !UNSEEN.includes(each)))
    it(`are named by health: ${fault}`, async () => {
      await until(
        `complaint about ${fault}`,
        async () => complaint(await health(), fault) !== undefined,
        WITHIN_MS,
      );
      expect(complaint(await health(), fault)).not.to.match(/\bat .*:\d+:\d+/, 'a stack');
    });

  it('never run away with the list of cameras', async () => {
    expect((await cameras()).filter(({ name }) => name.startsWith('faulty-watch-floods ')).length).to.equal(
      0,
    );
  });

  it('do not keep the service from ending', async () => {
    const end = await service.stop();
    expect(end.code).to.equal(0);
    expect(end.tookMs).to.be.lessThan(STOP_WITHIN_MS);
    expect(end.orphans).to.deep.equal([]);
  });
});
