/** The broker as the bridge knows it: always there, though what is published may have to wait. */
import type { AdapterContext } from 'mediamtx-camera-service/plugin-api';
import { openConnection, type Connection, type Heard } from './connection.js';
import type { MqttOptions } from './options.js';
import { Outbox, type Message } from './outbox.js';
import type { Topics } from './topics.js';

const FIRST_PAUSE_MS = 500;
/** A connection that lasts longer than this was a good one: the next pause is short again. */
const GOOD_MS = 30_000;
const GOODBYE_MS = 1000;
/** A message fails a moment before the connection is known to have ended. */
const CLOSING_MS = 50;

export interface BrokerDeps extends Pick<AdapterContext, 'clock' | 'log'> {
  readonly config: MqttOptions;
  readonly topics: Topics;
  /** What is subscribed to after each connection. */
  readonly subscriptions: readonly string[];
  readonly hear: Heard;
  /** A connection has been made; the broker may have lost what it was told to retain. */
  onConnected(): void;
}

export class Broker {
  readonly #deps: BrokerDeps;
  readonly #outbox: Outbox;
  readonly #stopping = new AbortController();
  #connection: Connection | undefined;
  #keeping: Promise<void> = Promise.resolve();
  #isPumping = false;

  constructor(deps: BrokerDeps) {
    this.#deps = deps;
    this.#outbox = new Outbox(deps.config.queue_limit);
  }

  /** Makes the first connection; later ones are made by itself. @throws as `openConnection`. */
  async start(signal: AbortSignal): Promise<void> {
    const stopping = this.#stopping.signal;
    const connection = await this.#connect(AbortSignal.any([signal, stopping]));
    this.#keeping = this.#keep(connection);
  }

  publish(message: Message): void {
    const dropped = this.#outbox.push(message);
    if (dropped === 1)
      this.#deps.log.warn('too many events wait for the MQTT broker: the oldest are dropped');
    this.#pump();
  }

  /** Says goodbye if the broker is there. What waits is dropped. */
  async stop(): Promise<void> {
    const connection = this.#connection;
    this.#stopping.abort(new Error('the transport is stopped'));
    if (connection?.isOpen === true) {
      const offline = { topic: this.#deps.topics.availability, payload: 'offline', retain: true };
      const patience = new AbortController();
      const late = this.#deps.clock.sleep(GOODBYE_MS, patience.signal).catch(() => undefined);
      await Promise.race([connection.publish(offline), late]);
      patience.abort();
      await connection.end(false);
    }
    await this.#keeping;
  }

  async #connect(signal: AbortSignal): Promise<Connection> {
    const { config, topics, subscriptions, hear, onConnected } = this.#deps;
    const connection = await openConnection(config, topics, signal);
    try {
      if (subscriptions.length > 0) await connection.subscribe(subscriptions, hear);
      signal.throwIfAborted();
    } catch (cause) {
      await connection.end(false);
      throw cause;
    }
    this.#connection = connection;
    this.publish({ topic: topics.availability, payload: 'online', retain: true });
    onConnected();
    return connection;
  }

  async #keep(first: Connection): Promise<void> {
    const { clock, log, config } = this.#deps;
    const stopping = this.#stopping.signal;
    let connection: Connection | undefined = first;
    let failures = 0;
    while (!stopping.aborted) {
      const since = clock.monotonicMs();
      await connection?.closed;
      if (connection !== undefined && clock.monotonicMs() - since > GOOD_MS) failures = 0;
      if (connection !== undefined && !stopping.aborted)
        log.warn('the connection to the MQTT broker is lost');
      const pauseMs = Math.min(config.max_reconnect_ms, FIRST_PAUSE_MS * 2 ** failures);
      await clock.sleep(pauseMs * (1 - Math.random() / 4), stopping).catch(() => undefined);
      failures += 1;
      connection = await this.#connect(stopping).catch((cause: unknown) => {
        if (!stopping.aborted && failures === 1) log.warn('the MQTT broker cannot be reached', { cause });
        return undefined;
      });
      if (connection !== undefined) log.info('connected to the MQTT broker again');
    }
  }

  /** One message after the other, so that they arrive in order and few are on their way when the connection ends. */
  #pump(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    void this.#publishAll();
  }

  async #publishAll(): Promise<void> {
    for (;;) {
      const message = this.#outbox.next;
      const connection = this.#connection;
      if (message === undefined || connection?.isOpen !== true || this.#stopping.signal.aborted) break;
      if ((await connection.publish(message)) || (await this.#isRefused(message, connection)))
        this.#outbox.delivered(message);
    }
    this.#isPumping = false;
  }

  /** A message that was not taken although the connection lasts would be refused again. */
  async #isRefused({ topic }: Message, connection: Connection): Promise<boolean> {
    const { clock, log } = this.#deps;
    await clock.sleep(CLOSING_MS, this.#stopping.signal).catch(() => undefined);
    if (connection.isOpen) log.warn('the MQTT broker does not take a message', { topic });
    return connection.isOpen;
  }
}
