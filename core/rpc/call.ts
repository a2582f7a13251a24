import type { Principal } from '../../ports/auth-provider.js';
import type { Clock } from '../../ports/clock.js';
import type { Peer } from '../../ports/transport.js';
import type { CallContext } from './define-method.js';
import type { Services } from './services.js';
import type { Session } from './session.js';

export interface CallFacts {
  readonly principal: Principal | undefined;
  readonly session: Session;
  readonly requestId: string;
  readonly services: Services;
  readonly clock: Clock;
  /** Aborts when the client is gone. */
  readonly connection: AbortSignal;
}

/** A call under way. Its signal is made only for handlers that look at it: most calls are over before one could matter. */
export class Call implements CallContext {
  readonly principal: Principal | undefined;
  readonly session: Session;
  readonly requestId: string;
  readonly services: Services;
  readonly #clock: Clock;
  readonly #connection: AbortSignal;
  #controller: AbortController | undefined;
  readonly #onGone = (): void => this.#controller?.abort(this.#connection.reason);

  constructor(facts: CallFacts) {
    this.principal = facts.principal;
    this.session = facts.session;
    this.requestId = facts.requestId;
    this.services = facts.services;
    this.#clock = facts.clock;
    this.#connection = facts.connection;
  }

  get peer(): Peer {
    return this.session.peer;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#connection.aborted) this.#onGone();
      else this.#connection.addEventListener('abort', this.#onGone, { once: true });
    }
    return this.#controller.signal;
  }

  /** Bound, so that a handler can take it out of its context. */
  readonly now = (): number => this.#clock.now();

  /** The deadline has passed. */
  abort(reason: unknown): void {
    void this.signal;
    this.#controller?.abort(reason);
  }

  /** The call is over: lets go of the connection's signal. */
  release(): void {
    if (this.#controller !== undefined) this.#connection.removeEventListener('abort', this.#onGone);
  }
}
