import { createHash, randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { asFunction, asValue, createContainer, InjectionMode, type AwilixContainer } from 'awilix';
import { AuditTrail } from '../core/audit/audit-trail.js';
import { AuthService } from '../core/auth/auth-service.js';
import { Credentials } from '../core/auth/credentials.js';
import { Tickets } from '../core/auth/tickets.js';
import { CameraRegistry } from '../core/cameras/registry.js';
import { EventHub } from '../core/events/hub.js';
import { EventPublisher } from '../core/publishing/event-publisher.js';
import { Files } from '../core/library/file-endpoint.js';
import { FileIndex } from '../core/files/file-index.js';
import { Previews } from '../core/library/previews.js';
import { FileExaminer } from '../core/integrity/file-examiner.js';
import type { RecordedFiles } from '../core/recordings/recorded-files.js';
import type { Sha256 } from '../core/integrity/file-hasher.js';
import { ClipService } from '../core/library/clip-service.js';
import { FileLibrary } from '../core/library/file-library.js';
import { JobBoard } from '../core/jobs/job-board.js';
import { HealthBoard } from '../core/health/health-board.js';
import { HealthMonitor } from '../core/health/health-monitor.js';
import { CATALOGUE } from '../core/metrics/catalogue.js';
import { RetentionService } from '../core/retention/retention-service.js';
import { RetentionStore } from '../core/retention/retention-store.js';
import { RecordingService } from '../core/recordings/recording-service.js';
import { Dispatcher } from '../core/rpc/dispatch.js';
import { Endpoint } from '../core/rpc/endpoint.js';
import { METHODS } from '../core/rpc/methods/index.js';
import { LiveApi } from '../core/rpc/live-api.js';
import { MethodTable } from '../core/rpc/method-table.js';
import { RouteTable } from '../core/rpc/route-table.js';
import { Routes } from '../core/rpc/routes.js';
import type { About, Parts, PublicApi, ServicePart, ServicePhase } from '../core/rpc/parts.js';
import type { PluginControl } from '../core/lifecycle/plugin-control.js';
import { SnapshotService } from '../core/snapshots/snapshot-service.js';
import { MediaGate } from '../core/streams/media-gate.js';
import type { Digest } from '../core/state/kept-document.js';
import { StreamService } from '../core/streams/stream-service.js';
import { Viewers } from '../core/streams/viewers.js';
import type {
  AuditLog,
  AuthProvider,
  Clock,
  EventBus,
  FileStore,
  HttpListener,
  Logger,
  MediaServer,
  MediaTool,
  MetricsSink,
  SegmentLog,
  ServiceEndpoint,
  StateStore,
} from '../ports/index.js';
import type { AdapterMaker } from './adapters.js';
import { readDisabled } from './disabled-plugins.js';
import { ticketSecret } from './first-start.js';
import { rosterOf, type MadeAdapter, type Rosters } from './live-ports.js';
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
  readonly newId: () => string;
  readonly digest: Digest;
  readonly sha256: () => Sha256;
  readonly methods: MethodTable;
  /** What plugins serve over HTTP. */
  readonly routes: RouteTable;
  /** Lets others have their turn. */
  readonly yieldTurn: () => Promise<void>;
  readonly vitals: ProcessVitals;
  readonly state: StateStore;
  readonly files: FileStore;
  readonly segments: SegmentLog;
  readonly tool: MediaTool;
  readonly media: MediaServer;
  readonly bus: EventBus;
  readonly trail: AuditLog;
  readonly metrics: MetricsSink;
  /** What was made for the ports that have any number of adapters; the rosters below have those that are in use. */
  readonly made: readonly MadeAdapter[];
  /** Plugins that an administrator has taken out of use. */
  readonly disabled: readonly string[];
  readonly plugins: PluginControl;
  readonly providers: Rosters['AuthProvider'];
  readonly sources: Rosters['DeviceEventSource'];
  readonly probes: Rosters['CameraProbe'];
  readonly grabbers: Rosters['FrameGrabber'];
  readonly captures: Rosters['Capture'];
  readonly decoders: Rosters['TelemetryDecoder'];
  readonly transports: Rosters['Transport'];
  readonly listeners: { readonly api: HttpListener; readonly health: HttpListener };
  readonly tickets: Tickets;
  readonly auth: AuthService;
  readonly credentials: Credentials;
  /** What went wrong with stored secrets while the parts were made. */
  readonly earlier: readonly string[];
  readonly welcome: (provider: AuthProvider) => Promise<void>;
  readonly hub: EventHub;
  readonly board: HealthBoard;
  readonly audit: AuditTrail;
  readonly registry: CameraRegistry;
  readonly streams: StreamService;
  readonly viewers: Viewers;
  readonly gate: MediaGate;
  readonly index: FileIndex;
  readonly jobs: JobBoard;
  readonly snapshots: SnapshotService;
  readonly recordings: RecordingService;
  readonly recorded: RecordedFiles;
  readonly examiner: FileExaminer;
  readonly wishes: RetentionStore;
  readonly retention: RetentionService;
  readonly library: FileLibrary;
  readonly clips: ClipService;
  readonly previews: Previews;
  readonly monitor: HealthMonitor;
  readonly api: PublicApi;
  readonly phase: (part: ServicePart) => ServicePhase;
  readonly parts: Parts;
  readonly dispatcher: Dispatcher;
  readonly rpc: Endpoint;
  readonly downloads: Files;
  readonly pluginRoutes: Routes;
  readonly endpoint: ServiceEndpoint;
  readonly publisher: EventPublisher;
}

export interface CompositionInput {
  readonly maker: AdapterMaker;
  readonly options: CoreOptions;
  readonly about: About;
  readonly clock: Clock;
  readonly log: Logger;
  /** Resident memory of this process, in bytes. */
  readonly memoryBytes: () => number;
  /** Called with each provider of credentials that has come up, before clients are served. */
  readonly welcome: (provider: AuthProvider) => Promise<void>;
  readonly plugins: PluginControl;
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
  { options, clock, log }: Pick<CompositionInput, 'options' | 'clock' | 'log'>,
  signal: AbortSignal,
) {
  const state = await maker.one('StateStore');
  // Before everything else: the secret below is read from it.
  await state.start?.(signal);
  const disabled = await readDisabled(state, log);
  maker.without((plugin) => disabled.includes(plugin));
  const listeners = { api: await maker.listener('server'), health: await maker.listener('health') };
  maker.share(state, listeners);
  const metrics = await maker.one('MetricsSink');
  metrics.declare(CATALOGUE);
  const { secret, trouble } = await ticketSecret(state, log);
  return {
    state,
    disabled,
    earlier: trouble === undefined ? [] : [trouble],
    listeners,
    metrics,
    phases: new Map<ServicePart, ServicePhase>(),
    tickets: new Tickets(clock, { secret, ttlSeconds: options.ticketSeconds }),
    files: await maker.one('FileStore'),
    segments: await maker.one('SegmentLog'),
    tool: await maker.one('MediaTool'),
    media: await maker.one('MediaServer'),
    bus: await maker.one('EventBus'),
    trail: await maker.one('AuditLog'),
    ...(await makeRosters(maker)),
  };
}

async function makeRosters(maker: AdapterMaker) {
  const providers = await maker.all('AuthProvider');
  const sources = await maker.all('DeviceEventSource');
  const probes = await maker.all('CameraProbe');
  const grabbers = await maker.all('FrameGrabber');
  const captures = await maker.all('Capture');
  const decoders = await maker.all('TelemetryDecoder');
  const transports = await maker.all('Transport');
  return {
    made: [...providers, ...sources, ...probes, ...grabbers, ...captures, ...decoders, ...transports],
    providers: rosterOf(providers),
    sources: rosterOf(sources),
    probes: rosterOf(probes),
    grabbers: rosterOf(grabbers),
    captures: rosterOf(captures),
    decoders: rosterOf(decoders),
    transports: rosterOf(transports),
  };
}

const once = <T>(make: (cradle: Cradle) => T) => asFunction(make).singleton();

/** A part of core: what it needs it takes from the cradle by the names in its own `Deps`, with a log of its own. */
const part = <T>(component: string, make: (parts: Cradle, options: CoreOptions) => T) =>
  once((cradle) => {
    const log = { value: named(cradle.log, component) };
    return make(Object.create(cradle, { log }) as Cradle, cradle.options);
  });

/** What core may not take from Node by itself. */
const FROM_NODE = {
  newId: asValue(randomUUID),
  digest: asValue((text: string) => createHash('sha256').update(text).digest('hex')),
  sha256: asValue((): Sha256 => {
    const hash = createHash('sha256');
    return { update: (bytes) => void hash.update(bytes), hex: () => hash.digest('hex') };
  }),
  yieldTurn: asValue(() => setImmediate()),
};

function registerCore(container: AwilixContainer<Cradle>): void {
  registerEndpoints(container);
  container.register({
    ...FROM_NODE,
    auth: part('auth', (parts, { login }) => new AuthService(parts, login)),
    credentials: part('auth', (parts) => new Credentials(parts)),
    hub: part(
      'events',
      (parts, { node, checks }) => new EventHub(parts, { origin: node, checkPayloads: checks }),
    ),
    board: part('health', (parts) => new HealthBoard(parts)),
    audit: part('audit', (parts) => new AuditTrail(parts)),
    registry: part('cameras', (parts, { cameras }) => new CameraRegistry(cameras, parts)),
    streams: part('streams', (parts, { streams }) => new StreamService(streams, parts)),
    viewers: part('media', (parts) => new Viewers(parts)),
    gate: part('media', (parts) => new MediaGate(parts)),
    index: part('files', (parts) => new FileIndex(parts)),
    jobs: part('jobs', (parts, { jobs }) => new JobBoard(jobs, parts)),
    snapshots: part('snapshots', (parts, { snapshots }) => new SnapshotService(snapshots, parts)),
    recordings: part('recordings', (parts, { recordings }) => new RecordingService(recordings, parts)),
    previews: part('files', (parts, { previews }) => new Previews(previews, parts)),
    clips: part('clips', (parts, { clips }) => new ClipService(clips, parts)),
    wishes: part('retention', (parts, { retention }) => new RetentionStore(retention.policies, parts)),
    retention: part('retention', (parts, { retention }) => new RetentionService(retention, parts)),
    recorded: once(({ recordings }) => recordings.recorded),
    examiner: part('integrity', (parts) => new FileExaminer(parts)),
    library: part('files', (parts) => new FileLibrary(parts)),
    monitor: part('health', (parts, { monitor }) => new HealthMonitor(monitor, parts)),
    vitals: part('vitals', (parts) => new ProcessVitals(parts)),
    publisher: part(
      'events',
      (parts, { publicHost }) => new EventPublisher(parts, publicHost || 'localhost'),
    ),
  });
}

/** The tables of what clients can reach, and what runs their calls. */
function registerEndpoints(container: AwilixContainer<Cradle>): void {
  container.register({
    methods: once(({ parts }) => new MethodTable(METHODS, parts)),
    routes: once(() => new RouteTable()),
    api: once((cradle) => new LiveApi(() => cradle.methods, cradle.hub.topics)),
    phase: once(phaseOf),
    parts: once(partsOfMethods),
    dispatcher: part('rpc', (parts, { dispatcher }) => new Dispatcher(parts, dispatcher)),
    rpc: part('rpc', (parts, { limits }) => new Endpoint(parts, limits)),
    downloads: part('files', (parts) => new Files(parts)),
    pluginRoutes: part('routes', (parts, { dispatcher }) => new Routes(parts, dispatcher)),
    endpoint: once(({ rpc, downloads, pluginRoutes, board, metrics }) => ({
      rpc,
      files: downloads,
      routes: pluginRoutes,
      health: { report: () => board.report(), metrics: () => metrics.expose() },
    })),
  });
}

const phaseOf =
  ({ phases }: Cradle) =>
  (part: ServicePart): ServicePhase =>
    phases.get(part) ?? 'starting';

/** Only what is used is taken from the cradle: spreading it would make everything at once. */
function partsOfMethods(cradle: Cradle): Parts {
  const { about, api, auth, clips, jobs, media, plugins, recordings, retention, snapshots, streams } = cradle;
  const { registry: cameras, hub: events, library: files, board: health } = cradle;
  return {
    ...{ about, api, auth, cameras, clips, events, files, health, jobs, media, plugins },
    ...{ recordings, retention, snapshots, streams },
  };
}

function named(log: Logger, component: string): Logger {
  return log.child({ component });
}
