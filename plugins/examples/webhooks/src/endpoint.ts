/** One endpoint: what it wants to know, and the delivery of it, one event after the other. */
import { randomUUID } from 'node:crypto';
import type { ServiceEvent } from 'mediamtx-camera-service/kit';
import type { AdapterContext } from 'mediamtx-camera-service/plugin-api';
import type { DeadLetters } from './dead-letters.js';
import { KeptQueue, type Item } from './kept-queue.js';
import type { EndpointOptions, WebhookOptions } from './options.js';
import { post, type Answer } from './post.js';
import { signedHeaders } from './signature.js';

export interface EndpointDeps extends Pick<AdapterContext, 'clock' | 'log' | 'state'> {
  readonly config: WebhookOptions;
  readonly deadLetters: DeadLetters;
}

type Attempt = Answer | { readonly failure: string };

const GONE = 410;

export class Endpoint {
  readonly name: string;
  readonly #options: EndpointOptions;
  readonly #deps: EndpointDeps;
  readonly #queue: KeptQueue;

  constructor(options: EndpointOptions, deps: EndpointDeps) {
    this.name = options.name;
    this.#options = options;
    this.#deps = deps;
    const { config, state, log } = deps;
    this.#queue = new KeptQueue({
      name: options.name,
      url: options.url,
      limit: config.queue_limit,
      state,
      log,
    });
  }

  async load(): Promise<void> {
    await this.#queue.load();
    if (this.#queue.isDisabled)
      this.#deps.log.warn('endpoint is disabled: it has answered 410; change its url to enable it', {
        endpoint: this.name,
      });
  }

  offer(event: ServiceEvent): void {
    if (this.#queue.isDisabled || !this.#wants(event)) return;
    const { topic, timestamp, ...data } = event;
    const body = JSON.stringify({ type: topic, timestamp, data });
    const dropped = this.#queue.push({ id: `msg_${randomUUID()}`, topic, body, attempts: 0 });
    if (dropped !== undefined)
      void this.#deps.deadLetters.add(this.name, dropped, 'too many events wait for the endpoint');
  }

  /** Delivers until the signal aborts or the endpoint says that it is gone. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    try {
      while (!this.#queue.isDisabled) await this.#deliver(await this.#queue.first(signal), signal);
    } catch (cause) {
      if (!signal.aborted) this.#deps.log.error('delivery has ended', { endpoint: this.name, cause });
    }
    await this.#queue.saved();
  }

  async #deliver(item: Item, signal: AbortSignal): Promise<void> {
    const attempt = await this.#attempt(item, signal);
    if ('status' in attempt && attempt.status >= 200 && attempt.status < 300) {
      this.#queue.remove(item.id);
      return;
    }
    if ('status' in attempt && attempt.status === GONE) {
      await this.#disable();
      return;
    }
    await this.#failed(item, attempt, signal);
  }

  async #attempt(item: Item, signal: AbortSignal): Promise<Attempt> {
    const { clock, config } = this.#deps;
    const { url, secret } = this.#options;
    const headers = signedHeaders(item, secret, clock.now());
    try {
      return await post(url, { headers, body: item.body, timeoutMs: config.timeout_ms }, signal);
    } catch (cause) {
      signal.throwIfAborted();
      return { failure: cause instanceof Error ? cause.message : String(cause) };
    }
  }

  async #failed(item: Item, attempt: Attempt, signal: AbortSignal): Promise<void> {
    const { config, clock, log, deadLetters } = this.#deps;
    const why = 'failure' in attempt ? attempt.failure : answered(attempt.status);
    const attempts = item.attempts + 1;
    if (attempts >= config.max_attempts) {
      this.#queue.remove(item.id);
      await deadLetters.add(this.name, item, why);
      return;
    }
    this.#queue.attempted(item.id);
    const asked = 'status' in attempt ? attempt.retryAfterMs : undefined;
    const pauseMs = Math.round(Math.min(asked ?? this.#pauseAfter(attempts), config.max_retry_ms));
    const details = { endpoint: this.name, id: item.id, why, attempts, retry_in_ms: pauseMs };
    if (attempts === 1) log.warn('an event was not accepted', { ...details, waiting: this.#queue.length });
    else log.debug('an event was not accepted', details);
    await clock.sleep(pauseMs, signal);
  }

  /** Shortened at random, so that the receivers of many services are not asked in step. */
  #pauseAfter(attempts: number): number {
    const { first_retry_ms: first, max_retry_ms: longest } = this.#deps.config;
    return Math.min(longest, first * 2 ** (attempts - 1)) * (1 - Math.random() / 2);
  }

  async #disable(): Promise<void> {
    const { log, deadLetters } = this.#deps;
    log.error('endpoint has answered 410 and is disabled; change its url to enable it', {
      endpoint: this.name,
    });
    for (const item of this.#queue.disable()) await deadLetters.add(this.name, item, answered(GONE));
  }

  #wants(event: ServiceEvent): boolean {
    const { topics, devices } = this.#options;
    if (!topics.some((topic) => matches(event.topic, topic))) return false;
    return devices.length === 0 || devices.some((device) => device === event['device']);
  }
}

function matches(topic: string, pattern: string): boolean {
  return pattern.endsWith('*') ? topic.startsWith(pattern.slice(0, -1)) : topic === pattern;
}

function answered(status: number): string {
  const isRedirect = status >= 300 && status < 400;
  return `the endpoint answered ${String(status)}${isRedirect ? ', and redirects are not followed' : ''}`;
}
