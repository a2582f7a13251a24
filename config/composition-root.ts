import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { asFunction, asValue, createContainer, InjectionMode, type AwilixContainer } from 'awilix';
import { AuditTrail } from '../core/audit/audit-trail.js';
import { AuthService } from '../core/auth/auth-service.js';
import { permissionsOf, maySee } from '../core/auth/roles.js';
import { Tickets } from '../core/auth/tickets.js';
import { CameraRegistry } from '../core/cameras/registry.js';
import { EventHub } from '../core/events/hub.js';
import { EventRelay } from '../core/events/relay.js';
import { Files } from '../core/files/file-endpoint.js';
import { FileIndex } from '../core/files/file-index.js';
import { FileLibrary } from '../core/files/file-library.js';
import { HealthBoard } from '../core/health/health-board.js';
import { HealthMonitor } from '../core/health/health-monitor.js';
import { CATALOGUE } from '../core/metrics/catalogue.js';
import { RecordingService } from '../core/recordings/recording-service.js';
import { API_INFO } from '../core/rpc/api-info.js';
import { Dispatcher } from '../core/rpc/dispatch.js';
import { Endpoint } from '../core/rpc/endpoint.js';
import { METHODS } from '../core/rpc/methods/index.js';
import { openRpcDocument } from '../core/rpc/open-rpc.js';
import type { About, ServicePart, ServicePhase, Services } from '../core/rpc/services.js';
import { SnapshotService } from '../core/snapshots/snapshot-service.js';
import { MediaGate } from '../core/streams/media-gate.js';
import { StreamService } from '../core/streams/stream-service.js';
import { Viewers } from '../core/streams/viewers.js';
import type {
  AuditLog,
  AuthProvider,
  CameraProbe,
  Capture,
  Clock,
  DeviceEventSource,
  EventBus,
  FileStore,
  FrameGrabber,
  HttpListener,
  Logger,
  MediaServer,
  MediaTool,
  MetricsSink,
  ServiceEndpoint,
  StateStore,
  Transport,
} from '../ports/index.js';
import type { AdapterMaker } from './adapters.js';
import { ticketSecret } from './first-start.js';
import type { CoreOptions } from './options.js';
import { ProcessVitals } from './process-vitals.js';

/** Everything there is, by name. Each line is made once, when it is first asked for. */
export interface Cradle {
  readonly options: CoreOptions;
  readonly about: About;
  readonly phases: Map<ServicePart, ServicePhase>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly memoryBytes: () => number;
  readonly vitals: ProcessVitals;
  readonly state: StateStore;
  readonly files: FileStore;
  readonly tool: MediaTool;
  readonly media: MediaServer;
  readonly bus: EventBus;
  readonly trail: AuditLog;
  readonly metrics: MetricsSink;
  readonly providers: readonly AuthProvider[];
  readonly sources: readonly DeviceEventSource[];
  readonly probes: readonly CameraProbe[];
  readonly grabbers: readonly FrameGrabber[];
  readonly captures: readonly Capture[];
  readonly transports: readonly Transport[];
  readonly listeners: { readonly api: HttpListener; readonly health: HttpListener };
  readonly tickets: Tickets;
  readonly auth: AuthService;
  readonly hub: EventHub;
  readonly board: HealthBoard;
  readonly audit: AuditTrail;
  readonly registry: CameraRegistry;
  readonly streams: StreamService;
  readonly viewers: Viewers;
  readonly gate: MediaGate;
  readonly index: FileIndex;
  readonly snapshots: SnapshotService;
  readonly recordings: RecordingService;
  readonly library: FileLibrary;
  readonly monitor: HealthMonitor;
  readonly services: Services;
  readonly dispatcher: Dispatcher;
  readonly endpoint: ServiceEndpoint;
  readonly relay: EventRelay;
}

export interface CompositionInput {
  readonly maker: AdapterMaker;
  readonly options: CoreOptions;
  readonly about: About;
  readonly clock: Clock;
  readonly log: Logger;
  /** Resident memory of this process, in bytes. */
  readonly memoryBytes: () => number;
  /** Aborts when the process is asked to end meanwhile. */
  readonly signal: AbortSignal;
}

/**
 * Makes the adapters that configuration chose and puts the application together from them. Nothing is started but the state store.
 * @throws PortError for an adapter that cannot be made, naming what is available.
 */
export async function compose({
  maker,
  signal,
  ...given
}: CompositionInput): Promise<AwilixContainer<Cradle>> {
  const container = createContainer<Cradle>({ injectionMode: InjectionMode.PROXY, strict: true });
  for (const [name, value] of Object.entries({ ...given, ...(await makeAdapters(maker, given, signal)) }))
    container.register(name, asValue(value));
  registerCore(container);
  return container;
}

async function makeAdapters(
  maker: AdapterMaker,
  { options, clock }: Pick<CompositionInput, 'options' | 'clock'>,
  signal: AbortSignal,
) {
  const state = await maker.one('StateStore');
  // Before everything else: the secret below is read from it.
  await state.start?.(signal);
  const listeners = { api: await maker.listener('server'), health: await maker.listener('health') };
  maker.share(state, listeners);
  const metrics = await maker.one('MetricsSink');
  metrics.declare(CATALOGUE);
  return {
    state,
    listeners,
    metrics,
    phases: new Map<ServicePart, ServicePhase>(),
    tickets: new Tickets(clock, { secret: await ticketSecret(state), ttlSeconds: options.ticketSeconds }),
    files: await maker.one('FileStore'),
    tool: await maker.one('MediaTool'),
    media: await maker.one('MediaServer'),
    bus: await maker.one('EventBus'),
    trail: await maker.one('AuditLog'),
    providers: await maker.all('AuthProvider'),
    sources: await maker.all('DeviceEventSource'),
    probes: await maker.all('CameraProbe'),
    grabbers: await maker.all('FrameGrabber'),
    captures: await maker.all('Capture'),
    transports: await maker.all('Transport'),
  };
}

type Root = AwilixContainer<Cradle>;

const once = <T>(make: (cradle: Cradle) => T) => asFunction(make).singleton();

function registerCore(container: Root): void {
  registerBase(container);
  registerCameras(container);
  registerFiles(container);
  registerRpc(container);
}

function registerBase(container: Root): void {
  container.register({
    auth: once(
      ({ providers, clock, log, options }) =>
        new AuthService({ providers, clock, log: named(log, 'auth') }, options.login),
    ),
    hub: once(({ bus, clock, log, metrics, options }) => {
      const deps = { bus, clock, metrics, log: named(log, 'events'), yieldTurn: () => setImmediate() };
      return new EventHub(deps, { origin: options.node, checkPayloads: options.checks });
    }),
    board: once(({ clock, log }) => new HealthBoard({ clock, log: named(log, 'health') })),
    audit: once(
      ({ trail, board, clock, log, metrics }) =>
        new AuditTrail({ trail, board, clock, metrics, log: named(log, 'audit') }),
    ),
  });
}

function registerCameras(container: Root): void {
  container.register({
    registry: once(({ sources, probes, state, clock, log, options }) => {
      return new CameraRegistry(options.cameras, {
        sources,
        probes,
        state,
        clock,
        log: named(log, 'cameras'),
      });
    }),
    streams: once(({ registry, captures, media, clock, log, options }) => {
      return new StreamService(options.streams, {
        registry,
        captures,
        media,
        clock,
        log: named(log, 'streams'),
      });
    }),
    viewers: once(({ media, auth, clock, log }) => {
      return new Viewers({ media, auth, clock, log: named(log, 'media') });
    }),
    gate: once(({ media, auth, registry, streams, viewers, monitor, log }) => {
      const onStateChange = (): void => {
        monitor.mediaServer();
      };
      const deps = { media, auth, registry, streams, viewers, onStateChange };
      return new MediaGate({ ...deps, log: named(log, 'media') });
    }),
  });
}

function registerFiles(container: Root): void {
  container.register({
    index: once(
      ({ files, state, clock, log }) => new FileIndex({ files, state, clock, log: named(log, 'files') }),
    ),
    snapshots: once(({ streams, grabbers, files, index, tool, clock, log, options }) => {
      return new SnapshotService(options.snapshots, {
        streams,
        grabbers,
        files,
        index,
        tool,
        clock,
        log: named(log, 'snapshots'),
      });
    }),
    recordings: once(({ streams, media, files, index, tool, state, clock, log, options }) => {
      const deps = {
        streams,
        media,
        files,
        index,
        tool,
        state,
        clock,
        log: named(log, 'recordings'),
        newId: randomUUID,
      };
      return new RecordingService(options.recordings, deps);
    }),
    library: once(({ index, files, recordings, tool, tickets, clock }) => {
      return new FileLibrary({ index, files, recordings, tool, tickets, clock });
    }),
  });
}

function registerRpc(container: Root): void {
  container.register({
    monitor: once(({ board, registry, media, files, metrics, clock, log, options }) => {
      return new HealthMonitor(options.monitor, {
        board,
        registry,
        media,
        files,
        metrics,
        clock,
        log: named(log, 'health'),
      });
    }),
    vitals: once(({ metrics, clock, memoryBytes }) => new ProcessVitals({ metrics, clock, memoryBytes })),
    services: once(makeServices),
    dispatcher: once(({ services, clock, log, metrics, audit, options }) => {
      const deps = { methods: METHODS, services, clock, metrics, audit, log: named(log, 'rpc') };
      return new Dispatcher(deps, options.dispatcher);
    }),
    endpoint: once(makeEndpoint),
    relay: once(({ services, monitor, metrics, options }) => {
      return new EventRelay({
        services,
        monitor,
        metrics,
        host: options.publicHost === '' ? 'localhost' : options.publicHost,
      });
    }),
  });
}

/** Only what is used is taken from the cradle: spreading it would make everything at once. */
function makeServices(cradle: Cradle): Services {
  const { hub, auth, registry, streams, media, snapshots, recordings, library, board, about, phases } =
    cradle;
  const document = openRpcDocument(METHODS, API_INFO);
  return {
    events: hub,
    auth,
    cameras: registry,
    streams,
    media,
    snapshots,
    recordings,
    library,
    health: board,
    about,
    openRpc: () => document,
    permissions: (role) => permissionsOf(role, METHODS),
    visibleCameras: (principal) =>
      registry.list().flatMap((camera) => (maySee(principal, camera.id) ? [camera.id] : [])),
    phase: (part) => phases.get(part) ?? 'starting',
  };
}

function makeEndpoint(cradle: Cradle): ServiceEndpoint {
  const { dispatcher, services, metrics, clock, log, options, audit } = cradle;
  const { library, files, auth, tickets, board } = cradle;
  return {
    rpc: new Endpoint(
      { dispatcher, services, metrics, clock, audit, log: named(log, 'rpc') },
      options.limits,
    ),
    files: new Files({ library, files, auth, tickets, clock, audit, log: named(log, 'files') }),
    health: { report: () => board.report(), metrics: () => metrics.expose() },
  };
}

function named(log: Logger, component: string): Logger {
  return log.child({ component });
}
