import { Backoff } from '../../core/lifecycle/backoff.js';
import type { Notification, Peer, RpcSession, ServiceEndpoint, Transport } from '../../ports/index.js';
import { START_LIMIT_MS, stopQuietly, type Guard } from './guarded.js';
import { readAddresses, readNothing } from './shapes.js';

const RETRY_FIRST_MS = 2_000;
const RETRY_MAX_MS = 60_000;
/** The start of the service waits that long for a transport that it can do without. */
const PATIENCE_MS = 2_000;

/** A transport that the service can do without, unless it is required: it is started again until it is up. */
export class GuardedTransport implements Transport {
  readonly name: string;
  readonly supports: Transport['supports'];
  readonly #adapter: Transport;
  readonly #guard: Guard;
  readonly #isRequired: boolean;
  #stopping = new AbortController();
  #trying: Promise<void> = Promise.resolve();

  constructor(
    adapter: Transport,
    { guard, isRequired }: { readonly guard: Guard; readonly isRequired: boolean },
  ) {
    this.name = adapter.name;
    this.supports = adapter.supports;
    this.#adapter = adapter;
    this.#guard = guard;
    this.#isRequired = isRequired;
  }

  async start(service: ServiceEndpoint, signal: AbortSignal): Promise<void> {
    const watched = this.#watching(service);
    if (this.#isRequired) return await this.#startOnce(watched, signal);
    this.#stopping = new AbortController();
    this.#trying = this.#keepStarting(watched, this.#stopping.signal);
    const patience = new AbortController();
    await Promise.race([this.#trying, this.#guard.clock.sleep(PATIENCE_MS, patience.signal)]);
    patience.abort();
    signal.throwIfAborted();
  }

  async stop(signal: AbortSignal): Promise<void> {
    this.#stopping.abort(new Error('the transport is stopped'));
    await stopQuietly(this.#guard, (inner) => this.#adapter.stop(inner), signal);
    await this.#trying;
  }

  addresses(): readonly string[] {
    return this.#guard.now(() => this.#adapter.addresses(), { method: 'addresses', read: readAddresses }, []);
  }

  async #startOnce(service: ServiceEndpoint, signal: AbortSignal): Promise<void> {
    await this.#guard.call((inner) => this.#adapter.start(service, inner), {
      method: 'start',
      signal,
      limitMs: START_LIMIT_MS,
      read: readNothing,
    });
  }

  async #keepStarting(service: ServiceEndpoint, signal: AbortSignal): Promise<void> {
    const backoff = new Backoff({ firstMs: RETRY_FIRST_MS, maxMs: RETRY_MAX_MS, healthyAfterMs: Infinity });
    while (!signal.aborted) {
      try {
        await this.#startOnce(service, signal);
        return;
      } catch (cause) {
        if (signal.aborted) return;
        this.#guard.fault('start', cause);
        await stopQuietly(this.#guard, (inner) => this.#adapter.stop(inner), signal);
        await this.#guard.clock.sleep(backoff.next(0), signal).catch(() => undefined);
      }
    }
  }

  /** What a transport does when it is told of an event is its own fault. */
  #watching(service: ServiceEndpoint): ServiceEndpoint {
    const open = (peer: Peer, notify: (notification: Notification) => void): RpcSession =>
      service.rpc.open(peer, (notification) => {
        try {
          notify(notification);
        } catch (cause) {
          this.#guard.fault('notify', cause);
        }
      });
    const { rpc } = service;
    const watched = {
      limits: rpc.limits,
      open,
      failure: (code: string, hint?: string) => rpc.failure(code, hint),
      describe: () => rpc.describe(),
    };
    return { ...service, rpc: watched };
  }
}
