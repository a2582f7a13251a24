import type { Principal } from '../../ports/auth-provider.js';
import type { Clock } from '../../ports/clock.js';
import type { BusEvent, EventBus } from '../../ports/event-bus.js';
import type { Component } from '../../ports/lifecycle.js';
import type { Logger } from '../../ports/logger.js';
import type { MetricsSink } from '../../ports/metrics-sink.js';
import type { Notification } from '../../ports/transport.js';
import { roleAllows } from '../auth/roles.js';
import { invalidParam, ServiceError } from '../errors/service-error.js';
import { ALIASES, DEFAULT_ALIASES, type Form } from './aliases.js';
import { Subscriptions, mayReceive } from './subscriptions.js';
import type { Client, DeviceFilter, SubscriptionStats } from './subscriptions.js';
import { FanOut } from './fan-out.js';
import { TopicTable } from './topic-table.js';
import { payloadCheck, type Payload, type Topic, type TopicSpec } from './topics.js';

export interface EventHubDeps {
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: MetricsSink;
  /** Lets other work of the process run between two slices of a fan-out. */
  readonly yieldTurn: () => Promise<void>;
}

export interface EventHubOptions {
  /** Name of this node in events. Leave it empty if there is only one node. */
  readonly origin?: string;
  /** Refuse to publish a payload that is not as the table says. On in tests and in development. */
  readonly checkPayloads?: boolean;
  readonly sliceSize?: number;
  readonly maxWaiting?: number;
}

/** A topic that came after the start. */
export interface DeclaredTopic {
  /** Without effect once the topic has been taken out. */
  readonly publish: (payload: Readonly<Record<string, unknown>>) => void;
  readonly remove: () => void;
}

const SLICE_SIZE = 100;
const MAX_WAITING = 2000;

/** Publishes the service's events, and brings those of the bus to the clients that asked for them. */
export class EventHub implements Component {
  readonly name = 'events';
  readonly #deps: EventHubDeps;
  readonly #options: EventHubOptions;
  readonly topics = new TopicTable();
  readonly #subscriptions = new Subscriptions(this.topics);
  readonly #fanOut: FanOut;
  /** Kept of a topic that is taken out: it may come back, and its clients are to see what they missed. */
  readonly #sequences = new Map<string, number>();
  #unsubscribe: (() => void) | undefined;

  constructor(deps: EventHubDeps, options: EventHubOptions = {}) {
    this.#deps = deps;
    this.#options = options;
    this.#fanOut = new FanOut({
      sliceSize: options.sliceSize ?? SLICE_SIZE,
      maxWaiting: options.maxWaiting ?? MAX_WAITING,
      yieldTurn: deps.yieldTurn,
      onDropped: () =>
        deps.metrics.count('camera_service_notifications_dropped_total', { reason: 'backlog' }),
      onFailure: (cause) => deps.log.warn('a client could not be notified', { cause }),
    });
  }

  async start(): Promise<void> {
    this.#unsubscribe ??= this.#deps.bus.subscribe((event) => this.#receive(event));
  }

  async stop(): Promise<void> {
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    this.#fanOut.clear();
  }

  /** Hands an event to everybody who listens, here and on other nodes. Never waits for them. */
  publish<T extends Topic>(topic: T, payload: Payload<T>): void {
    if (this.#options.checkPayloads === true && !payloadCheck(topic).accepts(payload)) {
      const { data } = payloadCheck(topic).fault(payload);
      throw new TypeError(`payload of ${topic}: ${String(data['param'])} (${String(data['rule'])})`);
    }
    this.#send(topic, payload);
  }

  /**
   * Makes a topic known that is not among the service's own.
   * @returns how to publish payloads that are as declared, and how to take the topic out. @throws TypeError when the name is taken.
   */
  declare(topic: string, spec: TopicSpec): DeclaredTopic {
    const remove = this.topics.add(topic, spec);
    this.#subscriptions.placeAll();
    return {
      publish: (payload) => {
        if (this.topics.get(topic) === spec) this.#send(topic, payload);
      },
      remove: () => {
        remove();
        this.#subscriptions.placeAll();
      },
    };
  }

  #send(topic: string, payload: Readonly<Record<string, unknown>>): void {
    const at = this.#deps.clock.now();
    this.#deps.metrics.count('camera_service_events_published_total', { topic });
    this.#deps.bus.publish({ topic, at, origin: this.#options.origin ?? '', payload });
  }

  /** Makes a client known. It gets nothing before `identify`. */
  attach(id: string, notify: (notification: Notification) => void): void {
    this.#subscriptions.add(id, notify);
  }

  /**
   * Says who the client is. Subscriptions stay; what it may receive follows the principal from here on.
   * @param principal absent when what it was has ended: it gets nothing until it is somebody again.
   */
  identify(id: string, principal: Principal | undefined): void {
    const client = this.#subscriptions.get(id);
    if (client === undefined) return;
    client.principal = principal;
    this.#subscriptions.place(client);
  }

  /** Ends all subscriptions of a client. May be repeated. */
  detach(id: string): void {
    this.#subscriptions.remove(id);
  }

  /**
   * Adds subscriptions; a name that is subscribed already gets the new filter.
   * @param devices the cameras they are about; absent means all.
   * @throws ServiceError `INVALID_PARAMS` for an unknown name, `PERMISSION_DENIED` for a topic above the role.
   */
  subscribe(id: string, names: readonly string[], devices?: readonly string[]): void {
    const client = this.#client(id);
    for (const name of names) this.#assertSubscribable(client, name);
    client.hasChosen = true;
    const filter = devices === undefined ? undefined : new Set(devices);
    for (const name of names) client.wanted.set(name, filter);
    this.#subscriptions.place(client);
  }

  /**
   * Ends subscriptions. @param names absent means all. @returns those that were there.
   * @throws ServiceError `INVALID_PARAMS` for an unknown name.
   */
  unsubscribe(id: string, names?: readonly string[]): readonly string[] {
    const client = this.#client(id);
    for (const name of names ?? []) if (!client.wanted.has(name)) this.#assertKnown(name);
    if (!client.hasChosen) for (const name of DEFAULT_ALIASES) client.wanted.set(name, undefined);
    client.hasChosen = true;
    const ended = (names ?? [...client.wanted.keys()]).filter((name) => client.wanted.delete(name));
    this.#subscriptions.place(client);
    return ended;
  }

  /** What a client subscribed to, by the names it used. */
  subscriptions(id: string): readonly string[] {
    return [...(this.#subscriptions.get(id)?.wanted.keys() ?? [])];
  }

  stats(): SubscriptionStats {
    return this.#subscriptions.stats();
  }

  #assertKnown(name: string): void {
    if (this.topics.expand(name).length > 0) return;
    const hint = `Expected at least one of ${this.topics.names().join(', ')}.`;
    throw invalidParam('topics', 'unknown_topic', hint);
  }

  /** A topic named in full must be within the role; a prefix simply leaves out what is not. */
  #assertSubscribable(client: Client, name: string): void {
    this.#assertKnown(name);
    const have = client.principal?.role;
    const required = this.topics.get(name)?.role;
    if (required === undefined || have === undefined || roleAllows(have, required)) return;
    throw new ServiceError('PERMISSION_DENIED', { required_role: required, have_role: have });
  }

  #client(id: string): Client {
    const client = this.#subscriptions.get(id);
    if (client === undefined) throw new TypeError('the session is closed');
    return client;
  }

  #receive(event: BusEvent): void {
    const { topic } = event;
    const spec = this.topics.get(topic);
    if (spec === undefined) return;
    const sequence = (this.#sequences.get(topic) ?? 0) + 1;
    this.#sequences.set(topic, sequence);
    for (const [form, listeners] of this.#subscriptions.of(topic) ?? []) {
      if (listeners.size === 0) continue;
      const notification = render(event, form, sequence);
      if (notification === undefined) continue;
      this.#fanOut.send({ notification, listeners, admits: this.#gate(spec, event.payload['device']) });
    }
  }

  #gate({ role }: TopicSpec, device: unknown): (client: Client, filter: DeviceFilter) => boolean {
    const about = { role, device, now: this.#deps.clock.now() };
    return (client, filter) =>
      (filter === undefined || typeof device !== 'string' || filter.has(device)) && mayReceive(client, about);
  }
}

/** One object for all clients, so that a transport encodes it once. */
function render(event: BusEvent, form: Form, sequence: number): Notification | undefined {
  if (form === 'topic') {
    const timestamp = new Date(event.at).toISOString();
    return { method: event.topic, params: { topic: event.topic, timestamp, sequence, ...event.payload } };
  }
  const params = ALIASES[form].params(event.topic, event.payload);
  return params === undefined ? undefined : { method: form, params };
}
