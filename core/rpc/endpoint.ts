import type { Clock } from '../../ports/clock.js';
import type { Logger } from '../../ports/logger.js';
import type { MetricsSink } from '../../ports/metrics-sink.js';
import type { Notification, Peer, RpcEndpoint } from '../../ports/transport.js';
import type { RpcFailure, RpcLimits, RpcSession } from '../../ports/transport.js';
import type { AuditSink } from '../audit/audit-trail.js';
import type { AuditFacts } from '../audit/record.js';
import { isServiceError } from '../errors/service-error.js';
import { transportFailure } from '../errors/transport-failure.js';
import { ClientSession } from './client-session.js';
import type { Dispatcher } from './dispatch.js';
import type { AuthService } from '../auth/auth-service.js';
import type { EventHub } from '../events/hub.js';
import type { PublicApi } from './parts.js';

export interface EndpointDeps {
  readonly dispatcher: Dispatcher;
  readonly auth: AuthService;
  readonly hub: EventHub;
  readonly api: PublicApi;
  readonly metrics: MetricsSink;
  readonly clock: Clock;
  readonly log: Logger;
  readonly audit?: AuditSink;
}

/** The dispatcher and the events as transports see them. */
export class Endpoint implements RpcEndpoint {
  readonly limits: RpcLimits;
  readonly #deps: EndpointDeps;
  readonly #open = new Map<string, number>();

  constructor(deps: EndpointDeps, limits: RpcLimits) {
    this.#deps = deps;
    this.limits = limits;
  }

  open(peer: Peer, notify: (notification: Notification) => void): RpcSession {
    const { auth, hub, dispatcher } = this.#deps;
    const session = new ClientSession(peer, { auth, events: hub });
    hub.attach(session.id, notify);
    // In the background, so that opening a connection does not wait; the first call does, and is told of a refusal.
    const judged = peer.credential === undefined ? Promise.resolve() : this.#logIn(session);
    this.#countSessions(peer.transport, 1);
    let isOpen = true;
    return {
      id: session.id,
      get isAuthenticated() {
        return session.hasBeenKnown;
      },
      judged: () => judged,
      call: (request, signal) => dispatcher.call(request, session, signal),
      close: () => {
        if (!isOpen) return;
        isOpen = false;
        session.close();
        hub.detach(session.id);
        this.#countSessions(peer.transport, -1);
      },
    };
  }

  async #logIn(session: ClientSession): Promise<void> {
    const startedAt = this.#deps.clock.monotonicMs();
    try {
      await session.logIn();
      this.#trail(session, startedAt, 'ok');
    } catch (cause) {
      this.#trail(session, startedAt, isServiceError(cause) ? cause.code : 'INTERNAL');
      const { address } = session.peer;
      this.#deps.log.debug('the credential presented while connecting was refused', { address, cause });
    }
  }

  #trail(session: ClientSession, startedAt: number, outcome: AuditFacts['outcome']): void {
    const { audit, clock } = this.#deps;
    audit?.record({
      at: clock.now(),
      kind: 'login',
      requestId: session.id,
      method: 'connect',
      outcome,
      principal: session.principal,
      transport: session.peer.transport,
      address: session.peer.address,
      durationMs: clock.monotonicMs() - startedAt,
    });
  }

  failure(code: string, hint?: string): RpcFailure {
    return transportFailure(code, hint);
  }

  describe(): Readonly<Record<string, unknown>> {
    return this.#deps.api.document();
  }

  #countSessions(transport: string, by: number): void {
    const count = (this.#open.get(transport) ?? 0) + by;
    this.#open.set(transport, count);
    this.#deps.metrics.set('camera_service_sessions_active', count, { transport });
  }
}
