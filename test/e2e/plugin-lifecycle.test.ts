/** Plugins that are upgraded, taken out of use and back while a camera of another source is recorded and clients call. */
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { until } from '../worlds/media.js';
import { startService, type RunningService } from '../worlds/service.js';
import { installPlugin, LinesClient, PLUGIN } from '../worlds/third-party-plugin.js';
import { writePluginPackage } from '../worlds/plugin-package.js';
import { freePorts } from '../worlds/ports.js';
import type { WsClient } from '../worlds/ws-client.js';

/** `PLUGIN_ROUNDS=50` for the long run. */
const ROUNDS = Number(process.env['PLUGIN_ROUNDS'] ?? 10);
const MEASURED_ROUNDS = 100;
const WITHIN_MS = 30_000;
/** The modules of one edition of a small plugin stay in memory, with what V8 knows of them. */
const MOST_BYTES_PER_ROUND = 1024 * 1024;

interface View {
  readonly name: string;
  readonly version: string;
  readonly state: string;
  readonly reason?: string;
}
interface Camera {
  readonly device: string;
  readonly name: string;
  readonly status: string;
}

const ALL = ['rpc', 'events', 'metrics', 'health'];
const CAPABLE = new URL('../worlds/capable-plugin.mjs', import.meta.url);

/** Its camera has the name that a second module exports, so that a stale one shows. */
const SOURCE = {
  'package.json': (edition: number) =>
    JSON.stringify({
      ...{ name: 'acme-named', version: `1.0.${String(edition)}`, type: 'module', exports: './index.js' },
      'camera-service': {
        apiVersion: '^1.0.0',
        provides: [{ port: 'DeviceEventSource', name: 'acme-named' }],
      },
    }),
  'name.js': (edition: number) => `export const NAME = 'edition ${String(edition)}';`,
  'index.js': () => `
    import { NAME } from './name.js';
    const source = { key: 'named:1', kind: 'memory', locator: 'one', name: NAME, hints: { serial: 'NAMED' } };
    const create = () => ({
      name: 'acme-named',
      supports: { hotplugLatencyMs: Infinity, reportsSerial: true },
      async *watch(signal) {
        if (signal.aborted) return;
        yield { type: 'added', source };
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      },
    });
    export default {
      name: 'acme-named', apiVersion: 1,
      setup: (context) => context.provide('DeviceEventSource', 'acme-named', { create }),
    };`,
};

describe('plugins of a running service', function () {
  this.timeout(60_000 + ROUNDS * 10_000);
  let dir: string;
  let service: RunningService;
  let admin: WsClient;
  let port: number;

  const write = (edition: number): Promise<void> => writeNamed(join(dir, 'named'), edition);
  const set = (name: string, changes: object): Promise<View> =>
    admin.call<View>('set_plugin', { name, enabled: true, ...changes });
  const plugin = async (name: string): Promise<View | undefined> =>
    (await admin.call<{ plugins: View[] }>('get_plugins')).plugins.find((each) => each.name === name);
  const cameras = async (): Promise<readonly Camera[]> =>
    (await admin.call<{ cameras: Camera[] }>('get_camera_list')).cameras;
  const named = async (name: RegExp): Promise<Camera | undefined> =>
    (await cameras()).find((each) => name.test(each.name));
  const handles = (): number => readdirSync(`/proc/${String(service.pid)}/fd`).length;
  const residentBytes = (): number =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${String(service.pid)}/status`, 'utf8'))?.[1]) * 1024;

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'cs-plugins-'));
    await write(0);
    await installPlugin(dir);
    await writePluginPackage(dir, 'capable', { code: await readFile(CAPABLE, 'utf8'), capabilities: ALL });
    [port = 0] = await freePorts(1);
    service = await begin();
    admin = await service.client('admin');
    await until('camera', async () => (await named(/^Good$/))?.status === 'CONNECTED', WITHIN_MS);
    await until('camera of the plugin', async () => (await named(/edition 0/)) !== undefined, WITHIN_MS);
  });
  const begin = (): Promise<RunningService> =>
    startService({
      dir,
      // The cameras of the plugins have no adapters that take them.
      waitFor: 'serving',
      set: {
        'plugins.load': `${join(dir, 'named')},${PLUGIN},${join(dir, 'capable')}`,
        'plugins.config': JSON.stringify([{ adapter: 'Transport/acme-lines', port }]),
        'adapters.device_event_source': 'synthetic,acme-named,acme-list',
        'adapters.transport': 'ws-jsonrpc,http-files,http-health,acme-lines',
        'synthetic.cameras': JSON.stringify([{ name: 'Good', width: 320, height: 240, fps: 15 }]),
        'rpc.requests_per_minute': '0',
      },
    });
  after(async () => {
    await service?.stop();
    await rm(dir, { recursive: true, force: true });
  });

  it(`are upgraded and unloaded ${String(ROUNDS)} times under load, and nothing else notices`, async () => {
    const device = (await named(/^Good$/))?.device ?? '';
    await admin.call('start_recording', { device });
    let isOver = false;
    const load = (async () => {
      const client = await service.client('viewer');
      while (!isOver) await client.call('get_camera_list');
    })();
    const open: number[] = [];
    const bytes: number[] = [];
    for (let round = 1; round <= ROUNDS; round += 1) {
      await write(round);
      const view = await set('acme-named', { reload: true });
      expect(view).to.deep.include({ version: `1.0.${String(round)}`, state: 'running' });
      const edition = new RegExp(`^edition ${String(round)}$`);
      await until(`edition ${String(round)}`, async () => (await named(edition)) !== undefined, WITHIN_MS);
      await set(PLUGIN, { reload: true });
      const lines = await LinesClient.open(port);
      expect(await lines.call('ping')).to.include({ ok: true });
      lines.close();
      await set('acme-named', { enabled: false });
      expect((await named(edition))?.status).to.equal('DISCONNECTED');
      await set('acme-named', {});
      open.push(handles());
      bytes.push(residentBytes());
    }
    isOver = true;
    await load;
    const half = Math.floor(ROUNDS / 2);
    const slope = ((bytes.at(-1) ?? 0) - (bytes[half] ?? 0)) / (ROUNDS - half - 1);
    console.log(`        · second half: ${(slope / 1024).toFixed(0)} KiB per round`);
    console.log(
      `        · open handles: ${String(open[1])} after two rounds, ${String(open.at(-1))} at the end`,
    );
    expect(open.at(-1)).to.be.lessThanOrEqual((open[1] ?? 0) + 5);
    // The heap of a service that has just come under load grows by itself: only many rounds show a slope.
    if (ROUNDS >= MEASURED_ROUNDS) expect(slope).to.be.lessThan(MOST_BYTES_PER_ROUND);
    const { gaps } = await admin.call<{ gaps: unknown[] }>('stop_recording', { device });
    expect(gaps).to.deep.equal([]);
  });

  it('keep what they had when an upgrade does not load', async () => {
    await writeFile(join(dir, 'named/name.js'), 'export const OTHER = 1;');
    const { error } = await admin.answer('set_plugin', { name: 'acme-named', enabled: true, reload: true });
    expect(error?.data).to.deep.include({ code: 'DEPENDENCY_FAILED', dependency: 'plugin acme-named' });
    expect(String(error?.data?.['detail'])).to.match(/NAME/);
    expect(await plugin('acme-named')).to.deep.include({
      state: 'running',
      version: `1.0.${String(ROUNDS)}`,
    });
    await write(ROUNDS);
  });

  it('lose their methods when they are disabled, and have them again afterwards', async () => {
    const code = async (): Promise<unknown> => {
      const { error } = await admin.answer('capable.as_admin', {});
      return error === undefined ? 'answered' : error.code;
    };
    expect(await code()).to.equal('answered');
    expect(await set('capable', { reload: true })).to.deep.include({ state: 'running' });
    expect(await code()).to.equal('answered');
    await set('capable', { enabled: false });
    expect(await code()).to.equal(-32601);
    expect((await plugin('capable'))?.state).to.equal('disabled');
    await set('capable', {});
    expect(await code()).to.equal('answered');
  });

  it('are refused when the service needs them, or the caller does, with the reason', async () => {
    const refusal = async (name: string): Promise<string> => {
      const { error } = await admin.answer('set_plugin', { name, enabled: false });
      expect(error?.data?.['code']).to.equal('UNSUPPORTED');
      return String(error?.data?.['suggestion']);
    };
    expect(await refusal('media-server-mediamtx')).to.match(/adapters\.media_server/);
    expect(await refusal('transport-ws-jsonrpc')).to.match(/transport ws-jsonrpc/);
    expect(await refusal('auth-provider-jwt')).to.match(/provider jwt/);
    const { error } = await admin.answer('set_plugin', { name: 'nobody', enabled: false });
    expect(error?.data).to.deep.include({ code: 'INVALID_PARAMS', param: 'name' });
  });

  it('stay disabled after a restart, and are shown as disabled by the command line', async () => {
    const { code, stdout, stderr } = await service.cli(['plugin', 'disable', 'acme-named']);
    expect(code, stderr).to.equal(0);
    expect(stdout).to.match(/^disabled +acme-named/);
    const { components } = await admin.call<{ components: Record<string, { reason?: string }> }>(
      'get_status',
    );
    expect(components['plugin:acme-named']?.reason).to.match(/disabled/);
    await service.stop();
    service = await begin();
    admin = await service.client('admin');
    await until('camera', async () => (await named(/^Good$/))?.status === 'CONNECTED', WITHIN_MS);
    expect((await service.cli(['plugin', 'list'])).stdout).to.match(/^disabled +acme-named/m);
    expect(await named(/edition/)).to.equal(undefined);
  });
});

for (const mode of ['worker', 'process'] as const)
  describe(`plugins of a running service with the isolation ${mode}`, function () {
    this.timeout(120_000);
    let dir: string;
    let service: RunningService;
    let admin: WsClient;

    const set = (changes: object): Promise<View> =>
      admin.call<View>('set_plugin', { name: 'acme-named', enabled: true, ...changes });
    const status = async (name: RegExp): Promise<string | undefined> => {
      const { cameras } = await admin.call<{ cameras: Camera[] }>('get_camera_list');
      return cameras.find((each) => name.test(each.name))?.status;
    };
    const isThere = (edition: number): Promise<void> =>
      until(
        `edition ${String(edition)}`,
        async () => (await status(new RegExp(`^edition ${String(edition)}$`))) === 'ERROR',
        WITHIN_MS,
      );
    /** Threads of the service, or processes that it has started. */
    const running = async (): Promise<number> => {
      const pid = String(service.pid);
      if (mode === 'worker') return readdirSync(`/proc/${pid}/task`).length;
      return (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ').length;
    };

    before(async () => {
      dir = await mkdtemp(join(tmpdir(), 'cs-plugins-'));
      await writeNamed(join(dir, 'named'), 0);
      service = await startService({
        dir,
        waitFor: 'serving',
        set: {
          ...{ 'plugins.load': join(dir, 'named'), 'plugins.isolation': mode },
          'adapters.device_event_source': 'acme-named',
        },
      });
      admin = await service.client('admin');
      await isThere(0);
    });
    after(async () => {
      await service?.stop();
      await rm(dir, { recursive: true, force: true });
    });

    it('are upgraded, keep what they had when that fails, and run nowhere while they are disabled', async () => {
      await writeNamed(join(dir, 'named'), 1);
      expect(await set({ reload: true })).to.deep.include({ version: '1.0.1', state: 'running' });
      await isThere(1);
      const before = await running();
      await writeFile(join(dir, 'named/name.js'), 'export const OTHER = 1;');
      const { error } = await admin.answer('set_plugin', {
        ...{ name: 'acme-named', enabled: true, reload: true },
      });
      expect(error?.data).to.deep.include({ code: 'DEPENDENCY_FAILED' });
      await isThere(1);
      await until('as many as before', async () => (await running()) === before, WITHIN_MS);
      await set({ enabled: false });
      expect(await status(/^edition 1$/)).to.equal('DISCONNECTED');
      await until('one fewer', async () => (await running()) === before - 1, WITHIN_MS);
      await writeNamed(join(dir, 'named'), 2);
      expect(await set({})).to.deep.include({ version: '1.0.2', state: 'running' });
      await isThere(2);
      await until('as many as before', async () => (await running()) === before, WITHIN_MS);
    });
  });

async function writeNamed(folder: string, edition: number): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [file, text] of Object.entries(SOURCE)) await writeFile(join(folder, file), text(edition));
}
