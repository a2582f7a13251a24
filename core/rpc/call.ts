import type { Principal } from '../../ports/auth-provider.js';
import type { Clock } from '../../ports/clock.js';
import type { RpcCall } from '../../ports/transport.js';
import type { ClientSession } from './client-session.js';
import type { CallContext, Method } from './define-method.js';
import type { KnownPeer } from './known-peer.js';
import type { MethodEntry } from './method-table.js';

export interface CallFacts {
  readonly request: RpcCall;
  readonly session: ClientSession;
  /** Aborts when the client is gone. */
  readonly connection: AbortSignal;
  /** Absent when the table has no such method. */
  readonly entry: MethodEntry | undefined;
}

/**
 * A call on its way through the steps, and what its handler sees of it. Its number and its signal are made only for those who look
 * at them: most calls are over before one could matter.
 */
export class Call implements CallContext {
  readonly request: RpcCall;
  readonly session: ClientSession;
  readonly connection: AbortSignal;
  readonly entry: MethodEntry | undefined;
  readonly method: Method | undefined;
  /** On the monotonic clock. */
  readonly startedAt: number;
  principal: Principal | undefined;
  /** Nobody has vouched for the caller, who may still prove who it is. */
  isUnproven = false;
  /** The parameters, once they were found to be as declared. */
  accepted: Readonly<Record<string, unknown>> | undefined;
  readonly #clock: Clock;
  #requestId: string | undefined;
  #controller: AbortController | undefined;
  #onGone: (() => void) | undefined;

  constructor(facts: CallFacts, clock: Clock) {
    this.request = facts.request;
    this.session = facts.session;
    this.connection = facts.connection;
    this.entry = facts.entry;
    this.method = facts.entry?.method;
    this.startedAt = clock.monotonicMs();
    this.principal = facts.session.principal;
    this.#clock = clock;
  }

  get requestId(): string {
    return (this.#requestId ??= crypto.randomUUID());
  }

  get peer(): KnownPeer {
    return this.session.peer;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      const controller = new AbortController();
      this.#controller = controller;
      this.#onGone = () => controller.abort(this.connection.reason);
      if (this.connection.aborted) this.#onGone();
      else this.connection.addEventListener('abort', this.#onGone, { once: true });
    }
    return this.#controller.signal;
  }

  now(): number {
    return this.#clock.now();
  }

  /** The deadline has passed. */
  abort(reason: unknown): void {
    void this.signal;
    this.#controller?.abort(reason);
  }

  /** The call is over: lets go of the connection's signal. */
  release(): void {
    if (this.#onGone !== undefined) this.connection.removeEventListener('abort', this.#onGone);
  }
}
