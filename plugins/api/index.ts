/**
 * The public contract of a plugin: what it may provide, and the little it is given. Plugins run in the service's process and
 * are trusted code; this contract keeps them apart from each other and from core, not from the machine.
 */
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
  Option,
  SegmentLog,
  StateStore,
  TelemetryDecoder,
  Transport,
} from '../../ports/index.js';

import type { CapabilityContext } from './capabilities.js';

export * from '../../ports/index.js';
export * from './capabilities.js';
export * from './routes.js';

/** Version of this contract. A plugin made for another one is refused. */
export const PLUGIN_API_VERSION = 1;

/** The ports a plugin can provide adapters for. */
export interface PortMap {
  readonly AuditLog: AuditLog;
  readonly AuthProvider: AuthProvider;
  readonly CameraProbe: CameraProbe;
  readonly Capture: Capture;
  readonly DeviceEventSource: DeviceEventSource;
  readonly EventBus: EventBus;
  readonly FileStore: FileStore;
  readonly FrameGrabber: FrameGrabber;
  readonly HttpListener: HttpListener;
  readonly MediaServer: MediaServer;
  readonly MediaTool: MediaTool;
  readonly MetricsSink: MetricsSink;
  readonly SegmentLog: SegmentLog;
  readonly StateStore: StateStore;
  readonly TelemetryDecoder: TelemetryDecoder;
  readonly Transport: Transport;
}
export type PortName = keyof PortMap;

export const PORT_NAMES = Object.keys({
  ...{ AuditLog: 1, AuthProvider: 1, CameraProbe: 1, Capture: 1, DeviceEventSource: 1, EventBus: 1 },
  FileStore: 1,
  ...{ FrameGrabber: 1, HttpListener: 1, MediaServer: 1, MediaTool: 1, MetricsSink: 1, StateStore: 1 },
  ...{ SegmentLog: 1, TelemetryDecoder: 1, Transport: 1 },
} satisfies Record<PortName, 1>) as readonly PortName[];

/** Absolute paths of the folders of this instance. They exist. */
export interface Directories {
  /** Documents that survive a restart; private to the service's user (0700). */
  readonly state: string;
  readonly recordings: string;
  readonly snapshots: string;
  /** Sockets, generated configuration and records of child processes; may be emptied between runs (0700). */
  readonly run: string;
  readonly logs: string;
}

/** What an adapter is made with. `T` is the type of its options. */
export interface AdapterContext<T = Readonly<Record<string, unknown>>> {
  /** The values of the declared options under their declared names, validated and completed by the defaults. */
  readonly config: T;
  /** Names an option as the user knows it, for messages: `server.port`, `plugins.config[2].poll_ms`. */
  keyOf(option: string): string;
  readonly directories: Directories;
  readonly log: Logger;
  readonly clock: Clock;
  /** The shared store of small documents; for adapters that keep something (keys, identities). */
  readonly state: StateStore;
  /** The shared listeners, for transports that speak HTTP. */
  readonly listeners: { readonly api: HttpListener; readonly health: HttpListener };
}

/** An adapter that a plugin offers: what it can be told, and how it is made. */
export interface AdapterOffer<P extends PortName, T> {
  /**
   * The options, made by `options({...})` or as plain JSON Schema. The user sets them in a section of the configuration, or in
   * `plugins.config` when no section is named. An adapter without options takes none: one that is given is an error.
   */
  readonly options?: Option<T>;
  /** Name of a section of the configuration, which nobody else may have. */
  readonly section?: string;
  /** In place of `options` and `section` where the service makes the adapter more than once: a section for each. */
  readonly sections?: Readonly<Record<string, Option<T>>>;
  /**
   * For a probe, a grabber or a capture: the kinds of sources that it takes, as its `supports.kinds` says. For a source of devices:
   * the kinds that it announces, where they are always the same. They become part of the manifest and of the documentation.
   */
  readonly kinds?: readonly string[];
  /** What single options cannot tell, such as two that exclude each other. Asked only when the adapter is chosen. */
  check?(config: T): readonly OptionFault[];
  /**
   * What only the machine can tell, such as whether a file that an option names can be used. Asked by `camera-service doctor`, which
   * starts nothing; changes nothing and waits for nobody. The adapter itself finds out again when it starts.
   */
  inspect?(config: T): Promise<readonly OptionFault[]>;
  /** Called when configuration has chosen the adapter. Refuses by `PortError` what cannot work. */
  create(context: AdapterContext<T>): PortMap[P] | Promise<PortMap[P]>;
}

export interface OptionFault {
  readonly option: string;
  /** What the option must be, such as `must be set explicitly for an external server`. */
  readonly rule: string;
}

/** What `beforeRun` work gets. */
export interface RunContext {
  readonly directories: Directories;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** Handed to `setup`, which only registers; of no use afterwards. */
export interface PluginContext extends CapabilityContext {
  /** Aborts when the service is asked to stop, and when the setup takes too long. */
  readonly signal: AbortSignal;
  /**
   * Offers an adapter under a name that configuration can choose. Nothing is made until it is chosen. An adapter without options and
   * kinds may be offered by its factory alone.
   * @throws TypeError when the name or the section is taken, when the schema of the options is not sound, or after `setup` has ended.
   */
  provide<P extends PortName, T = NoOptions>(
    port: P,
    name: string,
    offer: AdapterOffer<P, T> | AdapterOffer<P, T>['create'],
  ): void;
  /** Work to be done when the service is about to run, before any adapter is made, such as clearing up after a crash. */
  beforeRun(work: (context: RunContext) => void | Promise<void>): void;
}

export type NoOptions = Readonly<Record<never, never>>;

export interface Plugin {
  readonly name: string;
  readonly apiVersion: typeof PLUGIN_API_VERSION;
  setup(context: PluginContext): void | Promise<void>;
}

/** Gives a plugin its types. Use it for the default export of the plugin's entry file. */
export function definePlugin(plugin: Plugin): Plugin {
  return plugin;
}
