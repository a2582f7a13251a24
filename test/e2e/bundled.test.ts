/** The service as one file, and from its sources: what a user sees of them is the same. */
import { expect } from 'chai';
import { tempDir, until } from '../worlds/media.js';
import { freePorts } from '../worlds/ports.js';
import { pickPorts, serviceBundle, SOURCES, startService, type ServicePorts } from '../worlds/service.js';
import { installPlugin, PLUGIN } from '../worlds/third-party-plugin.js';
import type { WsClient, WsRpcError } from '../worlds/ws-client.js';

/** What differs from run to run by its nature. */
const OF_THE_MOMENT = new Set([
  'request_id',
  'timestamp',
  'build_date',
  'token',
  'start_time',
  'last_seen',
  'tier_used',
]);
const MOMENTS =
  /_(at|ms|seconds|bytes|time)$|^(uptime|sequence|size|file_size|file_path|filename|download_url)/;

type Observed = Readonly<Record<string, unknown>>;

describe('the service bundled and from its sources', function () {
  this.timeout(180_000);
  let dir: string;
  let remove: () => Promise<void>;
  let ports: ServicePorts;
  let linesPort: number;

  before(async () => {
    ({ path: dir, remove } = await tempDir());
    ports = await pickPorts();
    [linesPort = 0] = await freePorts(1);
    await installPlugin(dir);
  });
  after(() => remove());

  /** One life with a third-party plugin, real capture and MediaMTX: commands, calls, a picture, the end. */
  const observe = async (program: readonly string[]): Promise<Observed> => {
    const set = {
      'plugins.load': PLUGIN,
      'plugins.config': JSON.stringify([
        { adapter: 'Transport/acme-lines', port: linesPort, password: 'p4ss' },
      ]),
      'adapters.transport': 'ws-jsonrpc,http-files,http-health,acme-lines',
      'adapters.device_event_source': 'synthetic,acme-list',
      'adapters.camera_probe': 'synthetic,memory',
      'adapters.frame_grabber': 'ffmpeg,memory',
      'adapters.capture': 'ffmpeg,memory',
    };
    const service = await startService({ program, dir, ports, set });
    try {
      const client = await service.client('admin');
      const seen = async (): Promise<boolean> => (await statuses(client)).length >= 3;
      await until('cameras of both sources', seen, 30_000);
      const http = async (url: string): Promise<readonly [number, string | null]> => {
        const answer = await fetch(url);
        await answer.arrayBuffer();
        return [answer.status, answer.headers.get('content-type')];
      };
      const metrics = await (await fetch(`${service.healthUrl}/metrics`)).text();
      return {
        version: await service.cli(['--version']).then(({ code, stderr }) => ({ code, stderr })),
        help: await service.cli(['--help']),
        config: await service.cli(['config']),
        mistaken: await service.cli(['config', '--set', 'server.prot=1']),
        manifest: await service.cli(['plugin', 'manifest', '--check', `node_modules/${PLUGIN}`]),
        called: lasting(JSON.parse((await service.cli(['call', 'get_camera_list'])).stdout)),
        discovered: lasting(await client.call('rpc.discover')),
        cameras: await statuses(client),
        picture: lasting(await client.call('take_snapshot', { device: await synthetic(client) })),
        unknown: await failure(client, 'no_such_method', {}),
        ill: await failure(client, 'take_snapshot', { device: 7 }),
        absent: await failure(client, 'take_snapshot', { device: 'camera99' }),
        health: await http(`${service.healthUrl}/health`),
        files: await http(`${service.httpUrl}/files/recordings/none.mp4`),
        metrics: [...new Set(metrics.match(/^# TYPE \S+ \S+$/gm))].sort(),
      };
    } finally {
      const { code, orphans } = await service.stop();
      expect({ code, orphans }).to.deep.equal({ code: 0, orphans: [] });
    }
  };

  it('answer, refuse, count and end alike', async () => {
    const bundled = await observe([await serviceBundle()]);
    expect(bundled['cameras']).to.have.length.at.least(3);
    expect(bundled['unknown']).to.have.property('code', 'METHOD_NOT_FOUND');
    const fromSources = await observe(SOURCES);
    for (const [what, value] of Object.entries(bundled)) expect(fromSources[what], what).to.deep.equal(value);
  });
});

async function statuses(client: WsClient): Promise<readonly string[]> {
  const { cameras } = await client.call<{ cameras: { name: string; status: string }[] }>('get_camera_list');
  const settled = cameras.filter(({ status }) => status !== 'DISCONNECTED');
  return settled.map(({ name, status }) => `${name}: ${status}`).sort();
}

async function synthetic(client: WsClient): Promise<string> {
  const { cameras } = await client.call<{ cameras: { device: string; source_kind: string }[] }>(
    'get_camera_list',
  );
  return cameras.find(({ source_kind: kind }) => kind === 'synthetic')?.device ?? 'none';
}

async function failure(
  client: WsClient,
  method: string,
  params: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  return client.call(method, params).then(
    () => 'it did not fail',
    (error: unknown) => {
      const { data, message } = error as WsRpcError;
      return lasting({ message, ...data });
    },
  );
}

/** Without what differs from run to run. */
function lasting(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lasting);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([name]) => !OF_THE_MOMENT.has(name) && !MOMENTS.test(name));
  return Object.fromEntries(kept.map(([name, inner]) => [name, lasting(inner)]));
}
