/** The whole service, put together as configuration says, from adapters in memory that a plugin of the test provides. */
import { createMemoryAuthProvider } from '../../../adapters/auth-provider/memory/memory-auth-provider.js';
import {
  createMemoryTransport,
  type MemoryClient,
} from '../../../adapters/transport/memory/memory-transport.js';
import { AdapterMaker } from '../../../config/adapters.js';
import { BUILT_IN } from '../../../config/built-in.js';
import { compose, type Cradle } from '../../../config/composition-root.js';
import { createIsolates } from '../../../config/isolation.js';
import { loadConfig, type Config } from '../../../config/load.js';
import { coreOptions } from '../../../config/options.js';
import { PluginLeftovers } from '../../../config/plugin-leftovers.js';
import { PluginManager } from '../../../config/plugin-manager.js';
import { PluginReloader } from '../../../config/plugin-reloader.js';
import { Service } from '../../../config/service.js';
import { API_VERSION } from '../../../core/rpc/api-info.js';
import { definePlugin, type PluginContext } from '../../../plugins/api/index.js';
import { FaultBook } from '../../../plugins/guard/fault-book.js';
import { PluginHost } from '../../../plugins/host/plugin-host.js';
import { PortError, type FrameGrabber, type RpcOutcome, type Transport } from '../../../ports/index.js';
import { CoreWorld, type WorldOptions } from '../core-world.js';

const PORTS = ['device_event_source', 'camera_probe', 'frame_grabber', 'capture', 'auth_provider'];
const OVERRIDES = [
  ...[...PORTS, 'media_server', 'media_tool', 'file_store', 'state_store', 'transport'].map(
    (key) => `adapters.${key}=world`,
  ),
  ...['event_bus', 'http_listener', 'metrics_sink'].map((key) => `adapters.${key}=memory`),
  ...['service.check_results=true', 'snapshots.reserve_bytes=1000', 'recordings.reserve_bytes=1000'],
  ...['recordings.low_space_bytes=500', 'rpc.requests_per_minute=0', 'rpc.address_requests_per_minute=0'],
];

export interface ServiceWorld {
  readonly core: CoreWorld;
  readonly parts: Cradle;
  readonly service: Service;
  readonly heard: { readonly method: string; readonly params: Record<string, unknown> }[];
  connect(credential?: string): MemoryClient;
  call(method: string, params?: object): Promise<RpcOutcome>;
  stop(): Promise<void>;
}

export async function createService(
  options: WorldOptions & { readonly overrides?: readonly string[] } = {},
): Promise<ServiceWorld> {
  const core = new CoreWorld(options);
  const transport = createMemoryTransport();
  // Download links are signed in another thread.
  core.pauseMs = 2;
  const { clock, log, signal } = core;
  const directories = { state: '/s', recordings: '/r', snapshots: '/n', run: '/u', logs: '/l' };
  const host = new PluginHost({ clock });
  for (const plugin of [...BUILT_IN, worldPlugin(core, transport)])
    await host.load(plugin, { version: '1.0.0', deadlineMs: 1_000 }, signal);
  const overrides = [...OVERRIDES, ...(options.overrides ?? [])];
  const config = loadConfig({ env: {}, overrides, profileDirectory: '' }, host.adapters);
  const about = {
    ...{ name: 'camera-service', version: '1.2.3', buildDate: '2026-01-01', apiVersion: API_VERSION },
    ...{
      nodeVersion: 'v20',
      architecture: 'x64',
      maxCameras: 16,
      startedAt: clock.now(),
    },
  };
  const faults = new FaultBook(log);
  const maker = new AdapterMaker(host, config, { directories, log, clock, faults });
  const lost = [{ name: './absent', failure: new PortError('OPTION_INVALID', { message: 'gone' }) }];
  const settle = (): Config => config;
  const reloader = new PluginReloader({
    ...{
      choices: [{ name: './absent', from: '/nowhere', where: 'default', isolation: 'none' as const }],
      setupTimeoutMs: 1_000,
      folder: '/u/plugins',
      onPlugin: () => undefined,
    },
    isolates: createIsolates(0),
  });
  const plugins = new PluginManager({
    ...{ config, directories, host, maker, faults, lost, log, reloader, settle, signal },
    leftovers: new PluginLeftovers(),
  });
  const container = await compose({
    plugins,
    ...{ maker, options: coreOptions(config), about, clock, log },
    memoryBytes: () => 1_000_000,
    welcome: () => Promise.resolve(),
    signal,
  });
  const parts = container.cradle;
  const service = new Service(container);
  plugins.attach(service, parts);
  const heard: ServiceWorld['heard'] = [];
  const connect = (credential = 'admin'): MemoryClient => {
    return transport.connect({ credential, baseUrl: 'http://hub.local' });
  };
  let admin: MemoryClient | undefined;
  return {
    ...{ core, parts, service, heard, connect },
    call: async (method, params) => await core.during((admin ??= connect()).call(method, params)),
    stop: () => core.during(service.stop('test over')),
  };
}

function worldPlugin(core: CoreWorld, transport: Transport) {
  const credentials = new Map([
    ['admin', { id: 'admin', role: 'admin' as const }],
    ['viewer', { id: 'viewer', role: 'viewer' as const }],
    ['scoped', { id: 'scoped', role: 'operator' as const, cameras: ['camera1'] }],
    ['scoped-admin', { id: 'scoped-admin', role: 'admin' as const, cameras: ['camera1'] }],
    ['brief', { id: 'brief', role: 'admin' as const, expiresAt: Date.UTC(2026, 0, 1) - 1 }],
  ]);
  const setup = (given: PluginContext): void => {
    given.provide('Transport', 'world', { create: () => transport });
    given.provide('DeviceEventSource', 'world', { create: () => core.source });
    given.provide('CameraProbe', 'world', { create: () => core.probe });
    given.provide('FrameGrabber', 'world', { create: (): FrameGrabber => core.grabber });
    given.provide('Capture', 'world', { create: () => core.captures.all[0]! });
    given.provide('MediaServer', 'world', { create: () => core.media });
    given.provide('MediaTool', 'world', { create: () => core.tool });
    given.provide('FileStore', 'world', { create: () => core.store });
    given.provide('StateStore', 'world', { create: () => core.state });
    given.provide('AuthProvider', 'world', {
      create: () => createMemoryAuthProvider({ fixed: credentials }, core),
    });
  };
  return definePlugin({ name: 'world', apiVersion: 1, setup });
}
