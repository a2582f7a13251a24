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
  StateStore,
  Transport,
} from '../../ports/index.js';

export * from '../../ports/index.js';

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
  readonly StateStore: StateStore;
  readonly Transport: Transport;
}
export type PortName = keyof PortMap;

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

/** What an adapter's factory gets. */
export interface AdapterContext {
  /** The adapter's own section of the configuration, validated. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly directories: Directories;
  readonly log: Logger;
  readonly clock: Clock;
  /** The shared store of small documents; for adapters that keep something (keys, identities). */
  readonly state: StateStore;
  /** The shared listeners, for transports that speak HTTP. */
  readonly listeners: { readonly api: HttpListener; readonly health: HttpListener };
}

export type AdapterFactory<P extends PortName> = (
  context: AdapterContext,
) => PortMap[P] | Promise<PortMap[P]>;

/** Handed to `setup`; of no use afterwards. */
export interface PluginContext {
  readonly log: Logger;
  readonly directories: Directories;
  readonly signal: AbortSignal;
  /**
   * Offers an adapter under a name that configuration can choose. Nothing is made until it is chosen.
   * @throws TypeError when the name is taken, or after `setup` has ended.
   */
  provide<P extends PortName>(port: P, name: string, factory: AdapterFactory<P>): void;
}

export interface Plugin {
  readonly name: string;
  readonly apiVersion: typeof PLUGIN_API_VERSION;
  setup(context: PluginContext): void | Promise<void>;
}

/** Gives a plugin its types. Use it for the default export of the plugin's entry file. */
export function definePlugin(plugin: Plugin): Plugin {
  return plugin;
}
