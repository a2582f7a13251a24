/**
 * What a plugin may want beyond adapters. Each kind is a capability, which the manifest names: `capabilities` under `camera-service`
 * in `package.json`. Who registers something without its capability gets an error that names both.
 */
import type { Option, Role } from '../../ports/index.js';
import type { RouteMethod, RouteOffer, StaticOffer } from './routes.js';

export const CAPABILITIES = [
  ...(['rpc', 'events', 'metrics', 'health'] as const),
  ...(['routes', 'public-routes', 'static'] as const),
] as const;
/**
 * `rpc`: methods of its own. `events`: events of its own. `metrics`: metrics of its own. `health`: a line in the health of the service.
 * `routes`: HTTP routes of its own. `public-routes`: some of them need no credential. `static`: files of its package, for everybody.
 */
export type Capability = (typeof CAPABILITIES)[number];

/** What a handler knows of a call. Not who calls: the role has been checked, and so has the camera that `device` names. */
export interface MethodCall {
  /** Aborts when the deadline has passed, the client is gone, or the plugin is taken out. */
  readonly signal: AbortSignal;
  /** Stands in the log, and in the error if there is one. */
  readonly requestId: string;
  /** Whether the caller may know of a camera: what is told of cameras must be limited to these. */
  maySee(camera: string): boolean;
}

/**
 * A method `<plugin>.<name>`. Limits, roles, validation, deadlines, metrics and the audit trail are the service's. Where the parameters
 * have a `device`, it is a camera that exists and that the caller may see.
 */
export interface MethodOffer<P, R> {
  /** One sentence for people. */
  readonly summary: string;
  /** The least role that may call it. */
  readonly role: Role;
  /** Made by `options({...})` or as plain JSON Schema; those with a default may be left out. Absent: it takes none. */
  readonly params?: Option<P>;
  /** A result that is not as declared, or is longer than 256 KiB, is an error of the plugin. */
  readonly result: Option<R>;
  /** 5 000 by default, 60 000 at most. */
  readonly timeoutMs?: number;
  /** Names of the parameters that the audit trail records with each call; `false` where nothing is to be recorded. */
  readonly audited: false | readonly (keyof P & string)[];
  /**
   * Answers. A `PortError` with one of these codes is passed on: `OPTION_INVALID` (`detail.option` and `detail.rule` name the parameter
   * and what it must be), `UNSUPPORTED` (`detail.feature`), `FILE_NOT_FOUND` (`detail.filename`), `DEVICE_BUSY`. Everything else is an
   * error of the plugin: the client gets `DEPENDENCY_FAILED`, and health names the plugin.
   */
  handler(params: P, call: MethodCall): R | Promise<R>;
}

/** An event `plugin.<plugin>.<name>`, to which clients subscribe like to ours. */
export interface EventOffer<T> {
  /** One sentence for people. */
  readonly summary: string;
  /** The least role that gets it. */
  readonly role: Role;
  /** Where it has a `device`, only those who may see this camera get the event. */
  readonly payload: Option<T>;
}

export interface PluginEvent<T> {
  /**
   * Tells the subscribers. Never throws and never waits.
   * @returns false when nothing was told: the service is not up, the payload is not as declared or longer than 64 KiB, or the plugin
   * publishes more than 200 events a second. Health says why.
   */
  publish(payload: T): boolean;
}

/** A metric `camera_service_plugin_<plugin>_<name>`, with `_<unit>` behind it, and `_total` behind that of a counter. */
export interface MetricOffer<L extends string> {
  readonly kind: 'counter' | 'gauge' | 'histogram';
  /** One sentence for people. */
  readonly help: string;
  /** Such as `seconds` or `bytes`. */
  readonly unit?: string;
  /** At most 4. Up to 100 combinations of their values are kept; further ones are dropped, and health says so. */
  readonly labels?: readonly L[];
  /** Upper bounds of the buckets of a histogram, ascending, in its unit. */
  readonly buckets?: readonly number[];
}

export interface PluginMetric<L extends string> {
  /** Adds to a counter, sets a gauge, observes for a histogram. Never throws; health says what was wrong with it. */
  record(value: number, labels?: Readonly<Record<L, string>>): void;
}

export interface PluginHealth {
  /** How the plugin is, as the component `plugin:<plugin>`. Saying the same again costs nothing. Never throws. */
  note(state: 'ok' | 'degraded' | 'down', reason?: string): void;
}

/** What `setup` may register beyond adapters. What it returns works once the service is up. */
export interface CapabilityContext {
  /** @throws TypeError without the capability `rpc`, or when the declaration is not sound. */
  method<P = Readonly<Record<never, never>>, R = unknown>(name: string, offer: MethodOffer<P, R>): void;
  /** @throws TypeError without the capability `events`, or when the declaration is not sound. */
  event<T>(name: string, offer: EventOffer<T>): PluginEvent<T>;
  /** @throws TypeError without the capability `metrics`, or when the declaration is not sound. */
  metric<const L extends string = never>(name: string, offer: MetricOffer<L>): PluginMetric<L>;
  /** @throws TypeError without the capability `health`. */
  health(): PluginHealth;
  /**
   * Adds the route `/plugins/<plugin><path>`. @param path such as `/devices/{device}`; a part in braces stands for one segment.
   * @throws TypeError without the capability `routes` (and `public-routes` for a public one), or when the declaration is not sound.
   */
  route(method: RouteMethod, path: string, offer: RouteOffer): void;
  /**
   * Serves a folder of the package below `/plugins/<plugin>/`, to everybody and without a credential: what is in a package is no secret.
   * Hidden files and links are left out. Routes come first where both have a path.
   * @param folder inside the package, such as `public`.
   * @throws TypeError without the capability `static`, for a second folder, and when there is no such folder.
   */
  static(folder: string, offer?: StaticOffer): void;
}
