/** The client of a plugin that hears events and calls methods by itself, with the rights of a credential. */
import {
  PortError,
  type CancelTimer,
  type Clock,
  type Logger,
  type RpcEndpoint,
  type RpcFailure,
  type RpcSession,
} from '../../ports/index.js';

/** An event as clients receive it: topic, time, sequence and the fields of its topic. */
export type ServiceEvent = Readonly<Record<string, unknown>> & {
  readonly topic: string;
  /** ISO 8601, in UTC. */
  readonly timestamp: string;
  readonly sequence: number;
};

export interface ServiceClientOptions {
  /** `service.rpc` of `Transport.start`. */
  readonly rpc: RpcEndpoint;
  /** Name of the transport, for logs and audit. */
  readonly transport: string;
  /** API key or token whose role and cameras the client has. */
  readonly credential: string;
  /** Topics to subscribe to, or prefixes such as `camera.*`. */
  readonly topics: readonly string[];
  readonly log: Logger;
  readonly clock: Clock;
  /** Receives each event, in order. Must not block. */
  onEvent(event: ServiceEvent): void;
  /** The credential holds again after a time in which it did not: events may have been missed. */
  onReturn?(): void;
}

export interface ServiceClient {
  /**
   * Calls a method.
   * @throws ServiceCallError with the code of the service.
   */
  call(method: string, params?: Readonly<Record<string, unknown>>, signal?: AbortSignal): Promise<unknown>;
  /** Ends the session. Calls under way are aborted. May be repeated. */
  close(): void;
}

/** A call that the service has refused. `code` is one of `docs/reference/errors.md`. */
export class ServiceCallError extends Error {
  readonly code: string;
  readonly failure: RpcFailure;

  constructor(method: string, failure: RpcFailure) {
    super(`${method}: ${failure.message}`);
    this.name = 'ServiceCallError';
    this.code = failure.data.code;
    this.failure = failure;
  }
}

/** How often it is looked whether the credential still holds. */
const CHECK_MS = 30_000;

/**
 * Logs in and subscribes. If the credential is revoked or expires later, this is logged, and it is tried again every 30 seconds.
 * @throws PortError `CREDENTIALS_REFUSED` if the credential is refused or may not subscribe to a topic.
 */
export async function connectService(
  options: ServiceClientOptions,
  signal: AbortSignal,
): Promise<ServiceClient> {
  signal.throwIfAborted();
  const client = new InnerClient(options);
  try {
    await client.logIn(signal);
    signal.throwIfAborted();
    return client;
  } catch (cause) {
    client.close();
    signal.throwIfAborted();
    if (!(cause instanceof ServiceCallError)) throw cause;
    throw new PortError('CREDENTIALS_REFUSED', {
      message: `the service refuses the credential of ${options.transport}: ${cause.message}`,
      cause,
      detail: { reason: cause.code },
    });
  }
}

class InnerClient implements ServiceClient {
  readonly #options: ServiceClientOptions;
  readonly #closing = new AbortController();
  #session: RpcSession | undefined;
  #cancelCheck: CancelTimer = () => undefined;
  #isLost = false;

  constructor(options: ServiceClientOptions) {
    this.#options = options;
  }

  async logIn(signal: AbortSignal): Promise<void> {
    const { rpc, transport, credential, topics, onEvent } = this.#options;
    this.#session?.close();
    const session = rpc.open({ transport, address: `${transport}:service`, credential }, ({ params }) => {
      if (this.#session === session && isEvent(params)) onEvent(params);
    });
    this.#session = session;
    await session.judged();
    if (topics.length > 0) await this.call('subscribe_events', { topics }, signal);
    else await this.call('get_subscription_stats', {}, signal);
    this.#checkLater();
  }

  async call(
    method: string,
    params: Readonly<Record<string, unknown>> = {},
    signal?: AbortSignal,
  ): Promise<unknown> {
    const closing = this.#closing.signal;
    closing.throwIfAborted();
    const either = signal === undefined ? closing : AbortSignal.any([closing, signal]);
    const outcome = await this.#session?.call({ method, params }, either);
    if (outcome === undefined) throw new TypeError('the client has not logged in');
    if (!outcome.ok) throw new ServiceCallError(method, outcome.error);
    return outcome.result;
  }

  close(): void {
    this.#closing.abort(new Error('the client of the service is closed'));
    this.#cancelCheck();
    this.#session?.close();
  }

  #checkLater(): void {
    if (this.#closing.signal.aborted) return;
    this.#cancelCheck = this.#options.clock.after(CHECK_MS, () => void this.#check());
  }

  async #check(): Promise<void> {
    const { log, onReturn } = this.#options;
    try {
      if (this.#isLost) {
        await this.logIn(this.#closing.signal);
        this.#isLost = false;
        log.info('the credential holds again');
        onReturn?.();
        return;
      }
      await this.call('get_subscription_stats');
    } catch (cause) {
      if (this.#closing.signal.aborted) return;
      if (!this.#isLost) log.error('the service no longer accepts the credential', { cause });
      this.#isLost = true;
    }
    this.#checkLater();
  }
}

function isEvent(params: Readonly<Record<string, unknown>>): params is ServiceEvent {
  return typeof params['topic'] === 'string';
}
