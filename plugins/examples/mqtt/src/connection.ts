/** One connection to the broker, from its beginning to its end. Whoever holds it makes the next one. */
import { readFile } from 'node:fs/promises';
import { connect, type IClientOptions, type MqttClient } from 'mqtt';
import { PortError } from 'mediamtx-camera-service/plugin-api';
import type { MqttOptions } from './options.js';
import type { Message } from './outbox.js';
import type { Topics } from './topics.js';

const MS_PER_SECOND = 1000;

export type Heard = (topic: string, payload: Uint8Array) => void;

/**
 * Connects. The password appears in no error.
 * @throws PortError `ADDRESS_UNAVAILABLE`, `OPTION_INVALID` for a file that cannot be read, or the signal's reason.
 */
export async function openConnection(
  config: MqttOptions,
  topics: Topics,
  signal: AbortSignal,
): Promise<Connection> {
  signal.throwIfAborted();
  const options = await clientOptions(config, topics);
  signal.throwIfAborted();
  const client = connect(config.url, options);
  // The end of the connection tells the same, and an error without a listener would end the process.
  client.on('error', () => undefined);
  try {
    await new Promise((resolve, reject) => {
      client.once('connect', resolve).once('error', reject);
      client.once('close', () => reject(new Error('the broker closed the connection')));
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
  } catch (cause) {
    client.end(true);
    signal.throwIfAborted();
    throw new PortError('ADDRESS_UNAVAILABLE', {
      message: `no connection to the MQTT broker ${config.url}: ${wordsOf(cause)}`,
      retryable: true,
      detail: { key: 'url' },
    });
  }
  return new Connection(client, config.qos as 0 | 1 | 2);
}

export class Connection {
  /** Resolves when the connection has ended, by whichever side. */
  readonly closed: Promise<void>;
  readonly #client: MqttClient;
  readonly #qos: 0 | 1 | 2;
  #isOpen = true;

  constructor(client: MqttClient, qos: 0 | 1 | 2) {
    this.#client = client;
    this.#qos = qos;
    this.closed = new Promise((resolve) => {
      client.once('close', () => {
        this.#isOpen = false;
        resolve();
      });
    });
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /**
   * Retained messages are not passed on: a command that the broker has kept would be run again after each connection.
   * @throws Error if the broker refuses.
   */
  async subscribe(topics: readonly string[], hear: Heard): Promise<void> {
    this.#client.on('message', (topic, payload, { retain }) => {
      if (!retain) hear(topic, payload);
    });
    const granted = await this.#client.subscribeAsync([...topics], { qos: this.#qos });
    const refused = granted.filter(({ qos }) => qos > 2).map(({ topic }) => topic);
    if (refused.length > 0) throw new Error(`the broker refuses subscriptions to ${refused.join(', ')}`);
  }

  /** Resolves with whether the broker has taken the message. Never rejects. */
  async publish({ topic, payload, retain }: Message): Promise<boolean> {
    const bytes = typeof payload === 'string' ? payload : Buffer.from(payload);
    const taken = this.#client.publishAsync(topic, bytes, { qos: this.#qos, retain }).then(
      () => true,
      () => false,
    );
    return Promise.race([taken, this.closed.then(() => false)]);
  }

  /** Ends it at once: what was published before has been taken by the broker, or is published again. */
  async end(isOrderly: boolean): Promise<void> {
    if (!this.#isOpen) return;
    this.#client.end(!isOrderly);
    await this.closed;
  }
}

async function clientOptions(config: MqttOptions, topics: Topics): Promise<IClientOptions> {
  const [ca, cert, key] = await Promise.all([
    readOption('ca_file', config.ca_file),
    readOption('cert_file', config.cert_file),
    readOption('key_file', config.key_file),
  ]);
  return {
    clientId: config.client_id,
    ...(config.username === '' ? {} : { username: config.username }),
    ...(config.password === '' ? {} : { password: config.password }),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
    will: { topic: topics.availability, payload: Buffer.from('offline'), qos: 1, retain: true },
    // Commands that were sent while nobody was here are not run later.
    clean: true,
    keepalive: Math.ceil(config.keepalive_ms / MS_PER_SECOND),
    connectTimeout: config.connect_timeout_ms,
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
  };
}

async function readOption(name: string, path: string): Promise<Buffer | undefined> {
  if (path === '') return undefined;
  try {
    return await readFile(path);
  } catch (cause) {
    const rule = `must be a file that can be read: ${path}`;
    throw new PortError('OPTION_INVALID', {
      message: `${name} ${rule}`,
      cause,
      detail: { option: name, rule },
    });
  }
}

/** A refused connection is an AggregateError without a message where a name has several addresses. */
function wordsOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const { code } = cause as { readonly code?: unknown };
  return cause.message === '' && typeof code === 'string' ? code : cause.message;
}
