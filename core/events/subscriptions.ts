import type { Principal, Role } from '../../ports/auth-provider.js';
import type { Notification } from '../../ports/transport.js';
import { isExpired, maySee, roleAllows } from '../auth/roles.js';
import { DEFAULT_ALIASES, type Form } from './aliases.js';
import type { TopicTable } from './topic-table.js';

/** The cameras that a subscription is about; absent means all. */
export type DeviceFilter = ReadonlySet<string> | undefined;

export interface Client {
  readonly id: string;
  readonly notify: (notification: Notification) => void;
  principal: Principal | undefined;
  /** Until it subscribes or unsubscribes, an authenticated client gets the default aliases. */
  hasChosen: boolean;
  readonly wanted: Map<string, DeviceFilter>;
  readonly places: Map<Client, DeviceFilter>[];
}

export interface SubscriptionStats {
  readonly totalSubscriptions: number;
  readonly activeClients: number;
  readonly topicCounts: Readonly<Record<string, number>>;
}

/** Whether this client may get an event for this role about this camera at this time. */
export function mayReceive(client: Client, about: { role: Role; device: unknown; now: number }): boolean {
  const { principal } = client;
  if (principal === undefined || isExpired(principal, about.now)) return false;
  if (!roleAllows(principal.role, about.role)) return false;
  return typeof about.device !== 'string' || maySee(principal, about.device);
}

/** Who wants which event. Indexed by topic, so that an event costs nothing for clients that did not ask for it. */
export class Subscriptions {
  readonly #topics: TopicTable;
  readonly #clients = new Map<string, Client>();
  readonly #index = new Map<string, Map<Form, Map<Client, DeviceFilter>>>();

  constructor(topics: TopicTable) {
    this.#topics = topics;
  }

  add(id: string, notify: (notification: Notification) => void): Client {
    const client: Client = {
      id,
      notify,
      principal: undefined,
      hasChosen: false,
      wanted: new Map(),
      places: [],
    };
    this.#clients.set(id, client);
    return client;
  }

  remove(id: string): void {
    const client = this.#clients.get(id);
    if (client === undefined) return;
    this.#withdraw(client);
    this.#clients.delete(id);
  }

  get(id: string): Client | undefined {
    return this.#clients.get(id);
  }

  /** The listeners of a topic by form. The maps are live: who leaves during a fan-out is not told any more. */
  of(topic: string): ReadonlyMap<Form, ReadonlyMap<Client, DeviceFilter>> | undefined {
    return this.#index.get(topic);
  }

  /** Puts the client where its wishes say. To be called after each change of them. */
  place(client: Client): void {
    this.#withdraw(client);
    const wishes = client.hasChosen ? client.wanted : defaultWishes(client);
    for (const [name, filter] of wishes) {
      for (const [topic, form] of this.#topics.expand(name)) this.#put(client, { topic, form, filter });
    }
  }

  /** The table of topics has changed: a prefix may stand for more than before, or less. */
  placeAll(): void {
    for (const topic of this.#index.keys())
      if (this.#topics.get(topic) === undefined) this.#index.delete(topic);
    for (const client of this.#clients.values()) this.place(client);
  }

  stats(): SubscriptionStats {
    const topicCounts: Record<string, number> = {};
    let totalSubscriptions = 0;
    let activeClients = 0;
    for (const client of this.#clients.values()) {
      if (client.wanted.size > 0) activeClients += 1;
      totalSubscriptions += client.wanted.size;
      for (const name of client.wanted.keys()) topicCounts[name] = (topicCounts[name] ?? 0) + 1;
    }
    return { totalSubscriptions, activeClients, topicCounts };
  }

  #put(client: Client, at: { topic: string; form: Form; filter: DeviceFilter }): void {
    let forms = this.#index.get(at.topic);
    if (forms === undefined) this.#index.set(at.topic, (forms = new Map()));
    let place = forms.get(at.form);
    if (place === undefined) forms.set(at.form, (place = new Map()));
    place.set(client, place.has(client) ? union(place.get(client), at.filter) : at.filter);
    client.places.push(place);
  }

  #withdraw(client: Client): void {
    for (const place of client.places) place.delete(client);
    client.places.length = 0;
  }
}

function defaultWishes(client: Client): ReadonlyMap<string, DeviceFilter> {
  return new Map(client.principal === undefined ? [] : DEFAULT_ALIASES.map((name) => [name, undefined]));
}

/** Two subscriptions that meet in one topic make one delivery. */
function union(one: DeviceFilter, other: DeviceFilter): DeviceFilter {
  return one === undefined || other === undefined ? undefined : new Set([...one, ...other]);
}
