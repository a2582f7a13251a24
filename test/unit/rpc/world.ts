import { createMemoryAuthProvider } from '../../../adapters/auth-provider/memory/memory-auth-provider.js';
import { createManualClock, type ManualClock } from '../../../adapters/clock/manual/manual-clock.js';
import { createMemoryEventBus } from '../../../adapters/event-bus/memory/memory-event-bus.js';
import { createMemoryLogger, type MemoryLogger } from '../../../adapters/logger/memory/memory-logger.js';
import { createMemoryMetricsSink } from '../../../adapters/metrics-sink/memory/memory-metrics-sink.js';
import { Roster } from '../../../core/lifecycle/roster.js';
import { auditRecord, type AuditFacts } from '../../../core/audit/record.js';
import { AuthService } from '../../../core/auth/auth-service.js';
import { EventHub, type EventHubOptions } from '../../../core/events/hub.js';
import { CATALOGUE } from '../../../core/metrics/catalogue.js';
import type { Method } from '../../../core/rpc/define-method.js';
import { Dispatcher, type DispatcherOptions } from '../../../core/rpc/dispatch.js';
import { Endpoint } from '../../../core/rpc/endpoint.js';
import { METHODS } from '../../../core/rpc/methods/index.js';
import { LiveApi } from '../../../core/rpc/live-api.js';
import { MethodTable } from '../../../core/rpc/method-table.js';
import type { PartName, Parts, ServicePart } from '../../../core/rpc/parts.js';
import type {
  AuditEntry,
  AuthProvider,
  EventBus,
  Notification,
  Principal,
  RpcOutcome,
  RpcSession,
} from '../../../ports/index.js';

/** Credentials of the world: one per role, one limited to camera0, one that ends 60 s after the start. */
export const TOKENS = {
  viewer: 'viewer-key',
  operator: 'operator-key',
  admin: 'admin-key',
  scoped: 'scoped-key',
  brief: 'brief-key',
} as const;

export interface RpcWorld {
  readonly clock: ManualClock;
  readonly log: MemoryLogger;
  readonly bus: EventBus;
  readonly hub: EventHub;
  readonly methods: MethodTable;
  readonly auth: AuthService;
  readonly endpoint: Endpoint;
  readonly audit: AuditEntry[];
  /** Names of parts that a handler reached for and this world does not have. */
  readonly reached: string[];
  readonly notReady: Set<string>;
  connect(options?: ConnectOptions): Connection;
}

export interface ConnectOptions {
  readonly credential?: string;
  /** `none` for a client of which the transport knows no address. */
  readonly address?: string;
}

export interface Connection {
  readonly session: RpcSession;
  readonly got: Notification[];
  readonly gone: AbortController;
  call(method: string, params?: unknown): Promise<RpcOutcome>;
}

export interface WorldOptions {
  readonly methods?: readonly Method[];
  readonly dispatcher?: Partial<DispatcherOptions>;
  readonly hub?: EventHubOptions;
  /** Beside the one that knows `TOKENS`. */
  readonly provider?: AuthProvider;
}

const NO_LIMIT = { perMinute: 0, burst: 1 };
const CAMERAS = ['camera0', 'camera1'];

export async function createRpcWorld(options: WorldOptions = {}): Promise<RpcWorld> {
  const clock = createManualClock();
  const log = createMemoryLogger();
  const metrics = createMemoryMetricsSink();
  metrics.declare(CATALOGUE);
  const bus = createMemoryEventBus({ log });
  await bus.start(new AbortController().signal);
  const yieldTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const hub = new EventHub({ bus, clock, log, metrics, yieldTurn }, { checkPayloads: true, ...options.hub });
  await hub.start();
  const providers = [provider(clock), ...(options.provider === undefined ? [] : [options.provider])];
  const auth = new AuthService({ providers: new Roster(providers), clock, log });
  await auth.start();
  const notReady = new Set<string>();
  const reached: string[] = [];
  const api = new LiveApi(() => methods, hub.topics);
  const cameras = absentPart('cameras', reached, { list: () => CAMERAS.map((id) => ({ id })) });
  const parts = { ...absentParts(reached), api, auth, cameras, events: hub } as Parts;
  const methods: MethodTable = new MethodTable(options.methods ?? METHODS, parts);
  const phase = (part: ServicePart) => (notReady.has(part) ? 'starting' : 'ready');
  const audit: AuditEntry[] = [];
  const sink = { record: (facts: AuditFacts) => void audit.push(auditRecord(facts)) };
  const dispatcher = new Dispatcher(
    { methods, parts, phase, clock, log, metrics, audit: sink },
    { perPrincipal: NO_LIMIT, perAddress: NO_LIMIT, checkResults: true, ...options.dispatcher },
  );
  const limits = { messageBytes: 1024, batchItems: 10, inFlight: 10, outboundBytes: 1024 };
  const endpoint = new Endpoint({ dispatcher, auth, hub, api, metrics, clock, log, audit: sink }, limits);
  const connect = (how?: ConnectOptions): Connection => connectTo(endpoint, how);
  return { clock, log, bus, hub, methods, auth, endpoint, audit, reached, notReady, connect };
}

function connectTo(
  endpoint: Endpoint,
  { credential, address = '192.0.2.1' }: ConnectOptions = {},
): Connection {
  const got: Notification[] = [];
  const gone = new AbortController();
  const peer = {
    transport: 'test',
    ...(address === 'none' ? {} : { address }),
    host: 'sensor',
    ...(credential === undefined ? {} : { credential }),
  };
  const session = endpoint.open(peer, (notification) => void got.push(notification));
  const call = (method: string, params?: unknown): Promise<RpcOutcome> =>
    session.call(params === undefined ? { method } : { method, params }, gone.signal);
  return { session, got, gone, call };
}

/** A part of which only some exists: reaching for the rest is noted and fails. */
function absentPart(name: PartName, reached: string[], present: object = {}): unknown {
  return new Proxy(present, {
    get(target, property) {
      if (property in target) return Reflect.get(target, property) as unknown;
      reached.push(name);
      throw new Error(`secret of the part ${name}`);
    },
  });
}

function absentParts(reached: string[]): Partial<Record<PartName, unknown>> {
  const names: PartName[] = [
    'about',
    'files',
    'health',
    'media',
    'recordings',
    'retention',
    'snapshots',
    'streams',
  ];
  return Object.fromEntries(names.map((name) => [name, absentPart(name, reached)]));
}

function provider(clock: ManualClock) {
  const fixed = new Map<string, Omit<Principal, 'provider'>>([
    [TOKENS.viewer, { id: 'vera', role: 'viewer' }],
    [TOKENS.operator, { id: 'otto', role: 'operator' }],
    [TOKENS.admin, { id: 'ada', role: 'admin' }],
    [TOKENS.scoped, { id: 'sam', role: 'admin', cameras: ['camera0'] }],
    [TOKENS.brief, { id: 'bea', role: 'viewer', expiresAt: clock.now() + 60_000 }],
  ]);
  return createMemoryAuthProvider({ fixed }, { clock });
}

/** The stable word of a failed outcome, or `ok`. */
export function codeOf(outcome: RpcOutcome): string {
  return outcome.ok ? 'ok' : outcome.error.data.code;
}

export function dataOf(outcome: RpcOutcome): Readonly<Record<string, unknown>> {
  return outcome.ok ? {} : outcome.error.data;
}
