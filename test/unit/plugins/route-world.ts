/** Routes of a plugin behind the transport and the rules that they have in the service, on a listener in memory. */
import {
  createMemoryHttpListener,
  type MemoryRequest,
} from '../../../adapters/http-listener/memory/memory-http-listener.js';
import { createMemoryLogger } from '../../../adapters/logger/memory/memory-logger.js';
import { createMemoryMetricsSink } from '../../../adapters/metrics-sink/memory/memory-metrics-sink.js';
import { createHttpFilesTransport } from '../../../adapters/transport/http-files/http-files-transport.js';
import { auditRecord } from '../../../core/audit/record.js';
import { CATALOGUE } from '../../../core/metrics/catalogue.js';
import type { DispatcherOptions } from '../../../core/rpc/dispatch.js';
import type { Parts } from '../../../core/rpc/parts.js';
import { RouteTable } from '../../../core/rpc/route-table.js';
import { Routes } from '../../../core/rpc/routes.js';
import { Declarations } from '../../../plugins/capabilities/declarations.js';
import { installPlugin } from '../../../plugins/capabilities/live-plugin.js';
import { FaultBook, type PluginFault } from '../../../plugins/guard/fault-book.js';
import type { Capability, CapabilityContext } from '../../../plugins/api/index.js';
import type { ServiceEndpoint } from '../../../ports/index.js';
import { createRpcWorld, type RpcWorld } from '../rpc/world.js';

const CAMERAS = ['camera0', 'camera1'];
const NO_LIMIT = { perMinute: 0, burst: 1 };

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** The stable word of an error of the service. */
  readonly code: string | undefined;
}

export interface RouteWorld extends Pick<RpcWorld, 'clock' | 'audit' | 'notReady'> {
  readonly faults: Map<string, PluginFault>;
  /** Makes the plugin a part of the service. @returns what takes it out. */
  install(isDenied?: (capability: Capability) => boolean): () => void;
  metrics(): Promise<string>;
  /** Opens a request and leaves its body to the caller. */
  open(
    target: string,
    request?: Partial<MemoryRequest>,
  ): ReturnType<ReturnType<typeof createMemoryHttpListener>['request']>;
  get(target: string, credential?: string, request?: Partial<MemoryRequest>): Promise<Answer>;
}

interface WorldOptions {
  /** Of the plugin's package. */
  readonly folder?: string;
  readonly limits?: Partial<Pick<DispatcherOptions, 'perPrincipal' | 'perAddress'>>;
}

export async function createRouteWorld(
  setup: (context: CapabilityContext) => void,
  { limits = {}, folder }: WorldOptions = {},
): Promise<RouteWorld> {
  const { clock, hub, methods, auth, audit, notReady, endpoint } = await createRpcWorld();
  const declared = new Declarations('a-test', 'all', folder);
  setup(declared);
  const log = createMemoryLogger();
  const metrics = createMemoryMetricsSink();
  metrics.declare(CATALOGUE);
  const heard = new Map<string, PluginFault>();
  const faults = new FaultBook(log);
  faults.follow((plugin, fault) => (fault ? heard.set(plugin, fault) : heard.delete(plugin)));
  const table = new RouteTable();
  const cameras = {
    list: () => CAMERAS.map((id) => ({ id })),
    get: (id: string) => (CAMERAS.includes(id) ? { id } : undefined),
  } as unknown as Parts['cameras'];
  const routes = new Routes(
    {
      ...{ routes: table, parts: { auth, cameras }, clock, log, metrics },
      phase: (part) => (notReady.has(part) ? 'starting' : 'ready'),
      audit: { record: (facts) => void audit.push(auditRecord(facts)) },
    },
    { perPrincipal: NO_LIMIT, perAddress: NO_LIMIT, ...limits },
  );
  const listener = createMemoryHttpListener();
  const never = new AbortController().signal;
  await listener.start(never);
  const service = { rpc: endpoint, routes } as unknown as ServiceEndpoint;
  await createHttpFilesTransport({ listener, log }).start(service, never);
  const open: RouteWorld['open'] = (target, request = {}) => listener.request({ target, ...request });
  return {
    ...{ clock, audit, notReady, faults: heard, open },
    install: (isDenied) =>
      installPlugin(declared, { methods, routes: table, hub, metrics, faults, clock }, isDenied),
    metrics: async () => (await metrics.expose()).text,
    get: async (target, credential, request = {}) => {
      const headers = {
        ...(credential === undefined ? {} : { authorization: `Bearer ${credential}` }),
        ...request.headers,
      };
      return await answerOf(await open(target, { ...request, headers }));
    },
  };
}

async function answerOf({
  status,
  headers,
  chunks,
}: Awaited<ReturnType<RouteWorld['open']>>): Promise<Answer> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  const text = Buffer.concat(parts).toString();
  const isJson = headers['content-type']?.startsWith('application/json') === true && status >= 400;
  const code = isJson ? (JSON.parse(text) as { error?: { code?: string } }).error?.code : undefined;
  return { status, headers, text, code };
}
