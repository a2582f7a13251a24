/** Posts the events of the service to endpoints. */
import {
  clientTransport,
  connectService,
  type ClientRun,
  type ServiceClient,
} from 'mediamtx-camera-service/kit';
import type { AdapterContext, ServiceEndpoint, Transport } from 'mediamtx-camera-service/plugin-api';
import { DeadLetters } from './dead-letters.js';
import { Endpoint } from './endpoint.js';
import type { WebhookOptions } from './options.js';

export const NAME = 'webhooks';

export type WebhookParts = Pick<AdapterContext, 'clock' | 'log' | 'state' | 'directories'>;

export function createTransport(config: WebhookOptions, parts: WebhookParts): Transport {
  return clientTransport(NAME, () => new Run(config, parts));
}

/** From a start to its stop. */
class Run implements ClientRun {
  readonly #config: WebhookOptions;
  readonly #parts: WebhookParts;
  readonly #endpoints: readonly Endpoint[];
  readonly #stopping = new AbortController();
  #client: ServiceClient | undefined;
  #delivering: Promise<unknown> = Promise.resolve();

  constructor(config: WebhookOptions, parts: WebhookParts) {
    this.#config = config;
    this.#parts = parts;
    const deps = { ...parts, config, deadLetters: new DeadLetters(parts.directories.logs, parts.log) };
    this.#endpoints = config.endpoints.map((endpoint) => new Endpoint(endpoint, deps));
  }

  async start({ rpc }: ServiceEndpoint, signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#parts;
    const stopping = this.#stopping.signal;
    for (const endpoint of this.#endpoints) await endpoint.load();
    const client = await connectService(
      {
        rpc,
        transport: NAME,
        credential: this.#config.api_key,
        topics: [...new Set(this.#config.endpoints.flatMap(({ topics }) => topics))],
        clock,
        log,
        onEvent: (event) => {
          for (const endpoint of this.#endpoints) endpoint.offer(event);
        },
      },
      AbortSignal.any([signal, stopping]),
    );
    this.#client = client;
    this.#delivering = Promise.all(this.#endpoints.map((endpoint) => endpoint.run(stopping)));
  }

  /** What is being posted is broken off; it is posted again after the next start. */
  async stop(): Promise<void> {
    this.#client?.close();
    this.#stopping.abort(new Error('the transport is stopped'));
    await this.#delivering;
  }

  addresses(): readonly string[] {
    return this.#client === undefined ? [] : this.#endpoints.map(({ name }) => `${NAME}:${name}`);
  }
}
