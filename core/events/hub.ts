import type { Principal } from '../../ports/auth-provider.js';
import type { Clock } from '../../ports/clock.js';
import type { BusEvent, EventBus } from '../../ports/event-bus.js';
import type { Component } from '../../ports/lifecycle.js';
import type { Logger } from '../../ports/logger.js';
import type { MetricsSink } from '../../ports/metrics-sink.js';
import type { Notification } from '../../ports/transport.js';
import { roleAllows } from '../auth/roles.js';
import { invalidParam, ServiceError } from '../errors/service-error.js';
import { ALIASES, DEFAULT_ALIASES } from './aliases.js';
import { Subscriptions, expand, mayReceive, subscribableNames } from './subscriptions.js';
import type { Client, DeviceFilter, Form, SubscriptionStats } from './subscriptions.js';
import { FanOut } from './fan-out.js';
import { isTopic, payloadCheck, topicSpec, type Payload, type Topic } from './topics.js';

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

const SLICE_SIZE = 100;
const MAX_WAITING = 2000;

/** Publishes the service's events, and brings those of the bus to the clients that asked for them. */
export class EventHub implements Component {
  readonly name = 'events';
  readonly #deps: EventHubDeps;
  readonly #options: EventHubOptions;
  readonly #subscriptions = new Subscriptions();
  readonly #fanOut: FanOut;
  readonly #sequences = new Map<Topic, number>();
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
    for (const name of names) assertSubscribable(client, name);
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
    for (const name of names ?? []) assertKnown(name);
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

  #client(id: string): Client {
    const client = this.#subscriptions.get(id);
    if (client === undefined) throw new TypeError('the session is closed');
    return client;
  }

  #receive(event: BusEvent): void {
    const { topic } = event;
    if (!isTopic(topic)) return;
    const sequence = (this.#sequences.get(topic) ?? 0) + 1;
    this.#sequences.set(topic, sequence);
    for (const [form, listeners] of this.#subscriptions.of(topic) ?? []) {
      if (listeners.size === 0) continue;
      const notification = render(event, form, sequence);
      if (notification === undefined) continue;
      this.#fanOut.send({ notification, listeners, admits: this.#gate(topic, event.payload['device']) });
    }
  }

  #gate(topic: Topic, device: unknown): (client: Client, filter: DeviceFilter) => boolean {
    const about = { topic, device, now: this.#deps.clock.now() };
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

function assertKnown(name: string): void {
  if (expand(name).length > 0) return;
  throw invalidParam(
    'topics',
    'unknown_topic',
    `Expected at least one of ${subscribableNames().join(', ')}.`,
  );
}

/** A topic named in full must be within the role; a prefix simply leaves out what is not. */
function assertSubscribable(client: Client, name: string): void {
  assertKnown(name);
  const have = client.principal?.role;
  if (!isTopic(name) || have === undefined || roleAllows(have, topicSpec(name).role)) return;
  throw new ServiceError('PERMISSION_DENIED', { required_role: topicSpec(name).role, have_role: have });
}
