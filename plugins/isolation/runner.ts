/** The end of the link that has the plugin: loads it as the service would, and makes and calls its adapters. */
import {
  PortError,
  type Clock,
  type HealthReport,
  type Notification,
  type ServiceEndpoint,
} from '../../ports/index.js';
import type { PortName } from '../api/index.js';
import { requireAdapter } from '../guard/guard-adapter.js';
import type { PluginManifest } from '../host/manifest.js';
import { PluginHost } from '../host/plugin-host.js';
import { encodeError } from './codec.js';
import { contextOf } from './context-client.js';
import type { ContextData } from './context-data.js';
import { EndpointClient } from './endpoint-client.js';
import type { EndpointFacts } from './endpoint-server.js';
import { Link, type Answers, type Channel } from './link.js';
import { forgive } from './link-streams.js';
import { kindOf, membersOf, type AdapterFacts, type IsolatedPort } from './ports-table.js';
import { Sessions } from './sessions-client.js';

/** What is to be loaded. */
export interface LoadRequest {
  /** What `importPlugin` takes. */
  readonly found: unknown;
  readonly version: string;
  readonly manifest: PluginManifest;
  readonly setupTimeoutMs: number;
}

export interface RunnerParts {
  readonly clock: Clock;
  /** Runs the module of a plugin. @returns its default export. */
  readonly importPlugin: (found: unknown, deadlineMs: number, signal: AbortSignal) => Promise<unknown>;
  /** What the plugin has left open; asked when everything of it has stopped. */
  readonly left: () => Promise<readonly string[]>;
}

type Adapter = Readonly<Record<string, ((...given: unknown[]) => unknown) | undefined>>;

interface Made {
  readonly port: IsolatedPort;
  readonly name: string;
  readonly adapter: Adapter;
  endpoint?: EndpointClient;
}

/** Serves the link until the thread or process ends. */
export class Runner {
  readonly #parts: RunnerParts;
  readonly #host: PluginHost;
  readonly #link: Link;
  readonly #made = new Map<number, Made>();
  readonly #heard = new Map<string, (notification: Notification) => void>();
  readonly #watched = new Map<string, () => void>();
  readonly #sessions = new Sessions();

  constructor(channel: Channel, parts: RunnerParts) {
    this.#parts = parts;
    this.#host = new PluginHost({ clock: parts.clock });
    this.#link = new Link(channel, this.#answers());
    this.#link.tell('ready');
  }

  /** An error that nobody caught is about to end the thread or process. */
  lastWords(cause: unknown): void {
    this.#link.tell('uncaught', encodeError(cause));
  }

  #answers(): Answers {
    return {
      calls: {
        load: ([request], signal) => this.#load(request as LoadRequest, signal),
        prepare: ([data], signal) => this.#prepare(data as ContextData, signal),
        create: ([id, port, name, data]) =>
          this.#create(id as number, { port: port as IsolatedPort, name: String(name) }, data as ContextData),
        inspect: ([port, name, config]) =>
          this.#host.adapters.inspect(port as PortName, name as string, config),
        adapter: ([id, member, ...args], signal) =>
          this.#call(this.#of(id), [id as number, String(member)], [...args, signal]),
        serve: ([id, facts], signal) => this.#serve(id as number, facts as EndpointFacts, signal),
        left: () => this.#parts.left(),
        ping: ([reports]) => this.#ping(reports as readonly (readonly [number, HealthReport])[]),
        'session.stop': ([id, graceMs]) => this.#sessions.stop(id as number, graceMs as number),
      },
      streams: {
        adapter: ([id, member, ...args], signal) =>
          this.#of(id).adapter[String(member)]?.(...args, signal) as AsyncIterable<unknown>,
        session: ([adapter, id, job], signal) =>
          this.#sessions.run(id as number, () => this.#of(adapter).adapter['start']?.(job, signal), signal),
      },
      tells: {
        notify: ([id, notification]) => this.#heard.get(String(id))?.(notification as Notification),
        'state.changed': ([id]) => this.#watched.get(String(id))?.(),
      },
    };
  }

  async #load(
    { found, version, manifest, setupTimeoutMs }: LoadRequest,
    signal: AbortSignal,
  ): Promise<string> {
    const plugin = await this.#parts.importPlugin(found, setupTimeoutMs, signal);
    await this.#host.load(plugin, { version, manifest, deadlineMs: setupTimeoutMs }, signal);
    const [loaded] = this.#host.loaded;
    return loaded?.name ?? '';
  }

  async #prepare(data: ContextData, signal: AbortSignal): Promise<void> {
    const { directories, log } = contextOf(0, data, this.#contextParts());
    await this.#host.prepareRun({ directories, log, signal });
  }

  async #create(
    id: number,
    { port, name }: Pick<Made, 'port' | 'name'>,
    data: ContextData,
  ): Promise<AdapterFacts> {
    const { adapters } = this.#host;
    const context = contextOf(id, data, this.#contextParts());
    const [fault] = adapters.check(port, name, context.config);
    if (fault !== undefined) {
      const option = context.keyOf(fault.option);
      throw new PortError('OPTION_INVALID', {
        message: `${option}: ${fault.rule}`,
        detail: { option, rule: fault.rule },
      });
    }
    const adapter: unknown = await adapters.create(port, name, context);
    requireAdapter(port, adapter);
    const made = { port, name, adapter: adapter as Adapter };
    this.#made.set(id, made);
    const { supports } = adapter as { readonly supports: AdapterFacts['supports'] };
    const members = membersOf(port).flatMap(([member]) =>
      typeof made.adapter[member] === 'function' ? [member] : [],
    );
    return { name: String((adapter as { name: unknown }).name), supports, members, mirrors: mirrorsOf(made) };
  }

  async #call(
    { port, adapter }: Made,
    [id, member]: readonly [number, string],
    args: unknown[],
  ): Promise<unknown> {
    try {
      const value = await adapter[member]?.(...args);
      return kindOf(port, member) === 'call' ? value : undefined;
    } finally {
      this.#mirror(id);
    }
  }

  async #serve(id: number, facts: EndpointFacts, signal: AbortSignal): Promise<void> {
    const made = this.#of(id);
    made.endpoint = new EndpointClient(this.#link, id, { facts, heard: this.#heard });
    const service: ServiceEndpoint = made.endpoint.endpoint;
    await this.#call(made, [id, 'start'], [service, signal]);
  }

  #ping(reports: readonly (readonly [number, HealthReport])[]): void {
    for (const [id, report] of reports) this.#made.get(id)?.endpoint?.hear(report);
    for (const id of this.#made.keys()) this.#mirror(id);
  }

  #mirror(id: number): void {
    const mirrors = mirrorsOf(this.#of(id));
    if (Object.keys(mirrors).length > 0) this.#link.tell('mirrors', id, mirrors);
  }

  #contextParts() {
    return { link: this.#link, clock: this.#parts.clock, watched: this.#watched };
  }

  #of(id: unknown): Made {
    const made = this.#made.get(id as number);
    if (made === undefined) throw new TypeError('there is no such adapter');
    return made;
  }
}

/** What the members say that answer at once, or what they throw. */
function mirrorsOf({ port, adapter }: Made): AdapterFacts['mirrors'] {
  const mirrored = membersOf(port).flatMap(([member, kind]) =>
    kind === 'mirror' && typeof adapter[member] === 'function' ? [member] : [],
  );
  return Object.fromEntries(mirrored.map((member) => [member, told(() => adapter[member]?.())]));
}

function told(ask: () => unknown): AdapterFacts['mirrors'][string] {
  try {
    const said = ask();
    forgive(said);
    return { value: structuredClone(said) };
  } catch (cause) {
    return { error: encodeError(cause) };
  }
}
