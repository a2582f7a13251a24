import { SECTION_NAME } from '../host/offer.js';
import { CAPABILITIES } from '../api/capabilities.js';
import type {
  Capability,
  CapabilityContext,
  EventOffer,
  MethodOffer,
  MetricOffer,
  PluginEvent,
  PluginHealth,
  PluginMetric,
} from '../api/capabilities.js';
import type { RouteMethod, RouteOffer, StaticOffer } from '../api/routes.js';
import { faultOfEvent, faultOfMethod, faultOfMetric } from './declaration-faults.js';
import { faultOfRoute, faultOfStatic } from './route-faults.js';
import { findFolder } from './static-folder.js';

export type AnyMethod = MethodOffer<object, unknown>;
export type AnyEvent = EventOffer<object>;
export type AnyMetric = MetricOffer<string>;
export type AnyRoute = RouteOffer & { readonly method: RouteMethod; readonly path: string };

export interface StaticFiles {
  /** The folder, behind all links. */
  readonly root: string;
  readonly offer: StaticOffer;
}

/** What a plugin's handles reach while the service is up. */
export interface LivePlugin {
  publish(event: string, payload: unknown): boolean;
  record(metric: string, value: unknown, labels: unknown): void;
  note(state: unknown, reason: unknown): void;
}

/** What a plugin may use: all of it where its manifest is yet to be written. */
export type Grants = 'all' | readonly string[];

const PLUGIN_NAME = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;
/** Methods of the service itself begin with it. */
const RESERVED = ['rpc'];
const MOST = 50;

/** What one plugin has declared beyond its adapters, and what it holds on to. Bound to the service when that is up. */
export class Declarations implements CapabilityContext {
  readonly plugin: string;
  readonly methods = new Map<string, AnyMethod>();
  readonly events = new Map<string, AnyEvent>();
  readonly metrics = new Map<string, AnyMetric>();
  /** By method and path. */
  readonly routes = new Map<string, AnyRoute>();
  readonly #grants: Grants;
  readonly #packageFolder: string | undefined;
  readonly #used = new Set<Capability>();
  #live: LivePlugin | undefined;
  #files: StaticFiles | undefined;

  /** @param packageFolder what folders of static files are meant from. */
  constructor(plugin: string, grants: Grants, packageFolder?: string) {
    this.plugin = plugin;
    this.#grants = grants;
    this.#packageFolder = packageFolder;
  }

  /** The capabilities that the code has used, in the order of the documentation. */
  get used(): readonly Capability[] {
    return CAPABILITIES.filter((each) => this.#used.has(each));
  }

  get files(): StaticFiles | undefined {
    return this.#files;
  }

  /** @param live absent: what the handles are told is nobody's. */
  bind(live: LivePlugin | undefined): void {
    this.#live = live;
  }

  method<P, R>(name: string, offer: MethodOffer<P, R>): void {
    this.#add('rpc', {
      name,
      what: 'method',
      offer,
      faultOf: faultOfMethod,
      into: this.methods,
    });
  }

  event<T>(name: string, offer: EventOffer<T>): PluginEvent<T> {
    this.#add('events', {
      name,
      what: 'event',
      offer,
      faultOf: faultOfEvent,
      into: this.events,
    });
    return Object.freeze({ publish: (payload: T) => this.#live?.publish(name, payload) ?? false });
  }

  metric<L extends string>(name: string, offer: MetricOffer<L>): PluginMetric<L> {
    this.#add('metrics', {
      name,
      what: 'metric',
      offer,
      faultOf: faultOfMetric,
      into: this.metrics,
    });
    return Object.freeze({
      record: (value: number, labels?: Readonly<Record<L, string>>) =>
        this.#live?.record(name, value, labels),
    });
  }

  health(): PluginHealth {
    this.#require('health', 'notes its health');
    return Object.freeze({
      note: (state: 'ok' | 'degraded' | 'down', reason?: string) => this.#live?.note(state, reason),
    });
  }

  route(method: RouteMethod, path: string, offer: RouteOffer): void {
    const name = `${String(method)} ${String(path)}`;
    this.#add('routes', {
      ...{ name, what: 'route', offer: { ...(offer as object), method, path } },
      faultOf: faultOfRoute,
      faultOfName: () => undefined,
      into: this.routes,
    });
    if (offer.role !== 'public') return;
    try {
      this.#require('public-routes', `declares the public route "${name}"`);
    } catch (cause) {
      this.routes.delete(name);
      throw cause;
    }
  }

  static(folder: string, offer: StaticOffer = {}): void {
    this.#require('static', `declares the static files in "${String(folder)}"`);
    const fault = faultOfStatic(folder, offer);
    if (fault !== undefined) throw new TypeError(`the static files in "${String(folder)}": ${fault}`);
    if (this.#files !== undefined) throw new TypeError('a plugin can declare one folder of static files');
    if (this.#packageFolder === undefined)
      throw new TypeError('static files need a package with a package.json, and not a single file');
    this.#files = { root: findFolder(this.#packageFolder, folder), offer: Object.freeze({ ...offer }) };
  }

  #add(capability: Capability, declaration: Declaration): void {
    const { name, what, offer, faultOf, into } = declaration;
    this.#require(capability, `declares the ${what} "${String(name)}"`);
    const fault = (declaration.faultOfName ?? faultOfName)(name) ?? faultOf(offer ?? {});
    if (fault !== undefined) throw new TypeError(`the ${what} "${String(name)}": ${fault}`);
    if (into.has(name)) throw new TypeError(`the ${what} "${name}" is already declared`);
    if (into.size >= MOST) throw new TypeError(`a plugin can declare ${String(MOST)} of each kind at most`);
    into.set(name, Object.freeze({ ...(offer as AnyMethod) }));
  }

  #require(capability: Capability, what: string): void {
    const { plugin } = this;
    if (this.#grants !== 'all' && !this.#grants.includes(capability))
      throw new TypeError(
        `${what} without the capability "${capability}"; add it to "capabilities" under "camera-service" in its package.json`,
      );
    if (!PLUGIN_NAME.test(plugin) || RESERVED.includes(plugin))
      throw new TypeError(
        `${what}; for that its name must be lower-case words with hyphens, other than ${RESERVED.join(', ')}`,
      );
    this.#used.add(capability);
  }
}

interface Declaration {
  readonly name: string;
  readonly what: string;
  readonly offer: unknown;
  readonly faultOf: (offer: object) => string | undefined;
  readonly faultOfName?: (name: unknown) => string | undefined;
  readonly into: Map<string, AnyMethod | AnyEvent | AnyMetric | AnyRoute>;
}

function faultOfName(name: unknown): string | undefined {
  return typeof name === 'string' && SECTION_NAME.test(name)
    ? undefined
    : 'its name must be a lower-case word with underscores';
}
