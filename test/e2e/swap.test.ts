/** Adapters are chosen by configuration alone, those of strangers too. */
import { expect } from 'chai';
import { readdir } from 'node:fs/promises';
import { tempDir, until } from '../worlds/media.js';
import { freePorts } from '../worlds/ports.js';
import {
  isolation,
  pickPorts,
  plainEnv,
  runNode,
  RunningService,
  serviceBundle,
  startService,
  type CliResult,
} from '../worlds/service.js';
import { installPlugin, LinesClient, PLUGIN } from '../worlds/third-party-plugin.js';

const IN_MEMORY = {
  'adapters.camera_probe': 'memory',
  'adapters.frame_grabber': 'memory',
  'adapters.capture': 'memory',
  'adapters.media_server': 'memory',
};

interface CameraList {
  readonly cameras: readonly {
    readonly name: string;
    readonly status: string;
    readonly source_kind: string;
  }[];
}

describe('adapters, swapped by configuration alone', function () {
  this.timeout(60_000);
  let dir: string;
  let remove: () => Promise<void>;

  beforeEach(async () => {
    ({ path: dir, remove } = await tempDir());
  });

  afterEach(async () => {
    await remove();
  });

  /** Runs a service that is expected to give up, and shows what it said. */
  async function refused(set: Readonly<Record<string, string>>): Promise<CliResult> {
    const settings = { ...isolation(dir, await pickPorts()), ...set };
    const words = Object.entries(settings).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
    const command = [await serviceBundle(), 'run', '--profile', 'development', ...words];
    return runNode(command, { env: plainEnv(), withinMs: 20_000, cwd: dir });
  }

  describe('by those of a third-party package', () => {
    let service: RunningService;
    let client: LinesClient;

    beforeEach(async () => {
      await installPlugin(dir);
      const [port = 0] = await freePorts(1);
      const ports = await pickPorts();
      const set = {
        ...IN_MEMORY,
        'plugins.load': PLUGIN,
        'plugins.config': JSON.stringify([{ adapter: 'Transport/acme-lines', port }]),
        'adapters.transport': 'acme-lines',
        'adapters.device_event_source': 'acme-list',
      };
      service = new RunningService([await serviceBundle()], { dir, ports, set, isOwnDir: false });
      const connected = async (): Promise<boolean> => {
        if (!service.isAlive) throw new Error(service.output());
        const opened = await LinesClient.open(port).catch(() => undefined);
        if (opened !== undefined) client = opened;
        return opened !== undefined;
      };
      await until('connection to the transport of the plugin', connected, 15_000);
    });

    afterEach(async () => {
      client?.close();
      await service?.stop();
    });

    it('a transport and a source that the service has never heard of', async () => {
      const { error } = await client.call('get_camera_list');
      expect(error).to.deep.include({ rpcCode: -32001 });
      const wrong = await client.call('authenticate', { auth_token: 'made-up' });
      expect(wrong.error?.data.code).to.equal('AUTH_FAILED');
      const login = await client.call('authenticate', { auth_token: await service.token('operator') });
      expect(login.result).to.deep.include({ authenticated: true, role: 'operator' });

      const list = async (): Promise<CameraList> =>
        (await client.call('get_camera_list')).result as CameraList;
      await until('the camera of the plugin', async () => (await list()).cameras.length === 1);
      const [camera] = (await list()).cameras;
      expect(camera).to.deep.include({ name: 'Acme camera', status: 'CONNECTED', source_kind: 'memory' });

      await client.call('subscribe_events', { topics: ['snapshot.*'] });
      const { result } = await client.call('take_snapshot', { device: 'camera0' });
      expect(result).to.deep.include({ status: 'SUCCESS' });
      await until('the event', () => client.events.some(({ method }) => method === 'snapshot.taken'));

      const { plugins } = (await client.call('get_server_info')).result as { plugins: { name: string }[] };
      expect(plugins.find(({ name }) => name === PLUGIN)).to.deep.equal({
        name: PLUGIN,
        version: '7.8.9',
        provides: ['DeviceEventSource/acme-list', 'Transport/acme-lines'],
        capabilities: [],
        state: 'running',
      });
    });

    it('and nothing answers on the transports that were not chosen', async () => {
      await client.call('ping');
      const answers = await Promise.all(
        [
          `${service.httpUrl}/ws`,
          `${service.httpUrl}/files/recordings/x.mp4`,
          `${service.healthUrl}/health`,
        ].map(async (url) => (await fetch(url)).status),
      );
      expect(answers).to.deep.equal([404, 404, 404]);
    });
  });

  describe('by others that come with the service', () => {
    it('media server, sources and storage in memory: no process runs and no file is written', async () => {
      const set = {
        ...IN_MEMORY,
        'adapters.device_event_source': 'memory',
        'adapters.file_store': 'memory',
        'adapters.segment_log': 'memory',
        'adapters.state_store': 'memory',
        // The memory has less room than a disk.
        'recordings.low_space_bytes': '0',
        'jwt.secret': 'a secret that both the service and its command line know',
      };
      const service = await startService({ dir, set });
      try {
        const client = await service.client('operator');
        const { cameras } = await client.call<CameraList>('get_camera_list');
        expect(cameras.map(({ source_kind: kind }) => kind)).to.deep.equal(['memory']);
        const { filename } = await client.call<{ filename: string }>('take_snapshot', { device: 'camera0' });
        const { files } = await client.call<{ files: { filename: string }[] }>('list_snapshots');
        expect(files.map((file) => file.filename)).to.deep.equal([filename]);
        expect(service.children().all).to.deep.equal([]);
        const visible = (name: string): boolean => !name.startsWith('.');
        expect((await readdir(service.path('snapshots'))).filter(visible)).to.deep.equal([]);
        const kept = await readdir(service.path('state'));
        expect(kept.filter((name) => visible(name) && name !== 'first-admin-key.txt')).to.deep.equal([]);
      } finally {
        await service.stop();
      }
    });

    it('real cameras by synthetic ones, the rest unchanged', async () => {
      const cameras = [{ name: 'Only one', width: 320, height: 240, fps: 15 }];
      const set = {
        'adapters.device_event_source': 'synthetic',
        'synthetic.cameras': JSON.stringify(cameras),
      };
      const service = await startService({
        dir,
        set: { ...set, 'adapters.camera_probe': 'synthetic' },
        profile: 'production',
      });
      try {
        const client = await service.client('viewer');
        const list = async (): Promise<CameraList> => client.call<CameraList>('get_camera_list');
        await until('the camera', async () => (await list()).cameras.length === 1);
        expect((await list()).cameras[0]).to.deep.include({ name: 'Only one', source_kind: 'synthetic' });
        expect(service.children().mediamtx).not.to.equal(undefined);
      } finally {
        await service.stop();
      }
    });
  });

  describe('to what is not there', () => {
    for (const [key, value, available] of [
      ['adapters.media_server', 'go2rtc', 'available: mediamtx, memory'],
      [
        'adapters.transport',
        'ws-jsonrpc,carrier-pigeon',
        'available: http-files, http-health, memory, ws-jsonrpc',
      ],
      ['adapters.device_event_source', 'telepathy', 'available: fsnotify-poll, memory, synthetic, udev'],
    ] as const) {
      it(`${key}=${value} says what is available`, async () => {
        const { code, stderr } = await refused({ [key]: value });
        expect(code).to.equal(2);
        expect(stderr).to.include(`${key}`).and.to.include(available);
        expect(stderr, 'no stack for people').not.to.match(/\n\s+at /);
      });
    }

    it('a plugin that is not installed says how to install it', async () => {
      const { code, stderr } = await refused({ 'plugins.load': PLUGIN });
      expect(code).to.equal(1);
      expect(stderr).to.include('plugins.load').and.to.include(`npm install ${PLUGIN}`);
    });

    it('a plugin that was made for another version of the contract is refused', async () => {
      await installPlugin(dir, 99);
      const { code, stderr } = await refused({ 'plugins.load': PLUGIN });
      expect(code).to.equal(1);
      expect(stderr).to.include(PLUGIN).and.to.include('is ^99.0.0; this service has plugin API 1.');
    });
  });
});
