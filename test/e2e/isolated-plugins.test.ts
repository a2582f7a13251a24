/** Plugins that would take the service with them, each in a thread or a process of its own: they cost only themselves. */
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { MODES } from '../worlds/isolated.js';
import { until } from '../worlds/media.js';
import { startService, type RunningService } from '../worlds/service.js';
import type { WsClient } from '../worlds/ws-client.js';
import { showOutputOfFailed } from './support/world.js';

const PLUGIN = fileURLToPath(new URL('../worlds/wild-plugin.mjs', import.meta.url));
const MIB = 1024 * 1024;
const WITHIN_MS = 90_000;
const STOP_WITHIN_MS = 10_000;

const TOO_MUCH = /used more memory than plugins[.]isolation_memory_bytes allows/;
const HUNG = /did not respond for 5 s/;
/** What health says of each, and in which modes. */
const FAULTS: Readonly<Record<string, RegExp>> = {
  'loops-in-setup': /did not finish loading within/,
  'loops-in-a-factory': /DeviceEventSource.wild-loops-in-a-factory/,
  'loops-in-a-call': /did not respond for 5 s during CameraProbe.wild-loops-in-a-call[.]probe/,
  'loops-from-a-timer': HUNG,
  exits: /ended with exit code 7/,
  throws: /left an error uncaught: planted/,
  rejects: /left an error uncaught: planted/,
  leaks: TOO_MUCH,
  floods: /watch .*reported more than 1024 events at once/,
  chatters: new RegExp(`${HUNG.source}|${TOO_MUCH.source}`),
};
const OF_A_PROCESS: Readonly<Record<string, RegExp>> = {
  hoards: TOO_MUCH,
  crashes: /was ended by SIGABRT/,
};

interface Health {
  readonly components: Readonly<Record<string, { readonly state: string; readonly reason?: string }>>;
}
interface Camera {
  readonly device: string;
  readonly name: string;
  readonly status: string;
}

async function writePlugin(dir: string, fault: string): Promise<string> {
  const name = `wild-${fault}`;
  const folder = join(dir, name);
  await mkdir(folder);
  await copyFile(PLUGIN, join(folder, 'plugin.mjs'));
  const kinds = [fault];
  const provides = [
    { port: 'DeviceEventSource', name },
    ...['CameraProbe', 'Capture', 'FrameGrabber'].map((port) => ({ port, name, kinds })),
  ];
  const about = { name, version: '1.0.0', type: 'module', exports: './plugin.mjs' };
  const manifest = { ...about, 'camera-service': { apiVersion: '^1.0.0', provides } };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  return folder;
}

for (const mode of MODES)
  describe(`plugins with the isolation ${mode}`, function () {
    this.timeout(240_000);
    const faults = { ...FAULTS, ...(mode === 'process' ? OF_A_PROCESS : {}) };
    let dir: string;
    let service: RunningService;
    let client: WsClient;
    showOutputOfFailed(() => service);

    before(async () => {
      dir = await mkdtemp(join(tmpdir(), 'cs-wild-'));
      const folders: string[] = [];
      for (const fault of [...Object.keys(faults), 'exits-once']) folders.push(await writePlugin(dir, fault));
      const names = [...Object.keys(faults), 'exits-once'].map((fault) => `wild-${fault}`);
      const also = (own: string): string => [own, ...names].join(',');
      service = await startService({
        waitFor: 'serving',
        withinMs: WITHIN_MS,
        set: {
          'plugins.load': folders.join(','),
          'plugins.isolation': mode,
          'plugins.isolation_memory_bytes': String(64 * MIB),
          'plugins.setup_timeout_ms': '3000',
          'rpc.requests_per_minute': '0',
          'adapters.device_event_source': also('synthetic'),
          'adapters.camera_probe': also('synthetic'),
          'adapters.frame_grabber': also('ffmpeg'),
          'adapters.capture': also('ffmpeg'),
          'synthetic.cameras': JSON.stringify([{ name: 'Good', width: 320, height: 240, fps: 15 }]),
        },
      });
      client = await service.client('operator');
    });

    after(async () => {
      await service?.kill();
      await rm(dir, { recursive: true, force: true });
    });

    const camera = async (name: string): Promise<Camera | undefined> =>
      (await client.call<{ cameras: Camera[] }>('get_camera_list')).cameras.find(
        (each) => each.name === name,
      );
    /** All that health has said of each plugin so far. */
    const heard = new Map<string, string>();
    const listen = async (): Promise<void> => {
      const { components } = await client.call<Health>('get_status');
      for (const [key, { reason = '' }] of Object.entries(components))
        if (key.startsWith('plugin:')) heard.set(key, `${heard.get(key) ?? ''}; ${reason}`.slice(-5_000));
    };
    /** The faults that health has not told yet. */
    const untold = (): readonly string[] =>
      Object.entries(faults).flatMap(([fault, wanted]) =>
        [...heard].some(([key, said]) => key.endsWith(`wild-${fault}`) && wanted.test(said)) ? [] : [fault],
      );

    it('leave the other cameras alone: one of them is recorded without a gap meanwhile', async () => {
      await until('camera that works', async () => (await camera('Good'))?.status === 'CONNECTED', WITHIN_MS);
      const device = (await camera('Good'))?.device ?? '';
      await client.call('start_recording', { device });
      const areTold = async (): Promise<boolean> => {
        await listen();
        return untold().length === 0;
      };
      await until('health that names them all', areTold, WITHIN_MS).catch((cause: unknown) => {
        expect(untold(), String(cause)).to.deep.equal([]);
      });
      const { filename } = await client.call<{ filename: string }>('stop_recording', { device });
      const info = await client.call<{ gaps?: unknown[]; duration: number }>('get_recording_info', {
        filename,
      });
      expect(info.gaps ?? []).to.deep.equal([]);
      expect(info.duration).to.be.greaterThan(1);
    });

    it('are started again: the camera of one that ended once is back', async () => {
      const isBack = async (): Promise<boolean> => (await camera('wild-exits-once'))?.status === 'CONNECTED';
      await until('camera of a plugin that was started again', isBack, WITHIN_MS);
    });

    it('never run away with the list of cameras', async () => {
      expect(await camera('wild-floods 5')).to.equal(undefined);
    });

    it('do not keep the service from ending', async () => {
      const end = await service.stop();
      expect(end.code).to.equal(0);
      expect(end.tookMs).to.be.lessThan(STOP_WITHIN_MS);
      expect(end.orphans).to.deep.equal([]);
    });
  });
