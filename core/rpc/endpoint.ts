import type { Principal } from '../../ports/auth-provider.js';
import type { Clock } from '../../ports/clock.js';
import type { Logger } from '../../ports/logger.js';
import type { MetricsSink } from '../../ports/metrics-sink.js';
import type { Notification, Peer, RpcCall, RpcEndpoint } from '../../ports/transport.js';
import type { RpcFailure, RpcLimits, RpcOutcome, RpcSession } from '../../ports/transport.js';
import type { AuditSink } from '../audit/audit-trail.js';
import type { AuditFacts } from '../audit/record.js';
import { isErrorCode, type ErrorCode } from '../errors/codes.js';
import { isServiceError, ServiceError } from '../errors/service-error.js';
import type { Dispatcher } from './dispatch.js';
import { toFailure } from './failure.js';
import type { Services } from './services.js';
import type { Session } from './session.js';

export interface EndpointDeps {
  readonly dispatcher: Dispatcher;
  readonly services: Services;
  readonly metrics: MetricsSink;
  readonly clock: Clock;
  readonly log: Logger;
  readonly audit?: AuditSink;
}

const RETRY_AFTER_MS = 1000;
type HintedCode = 'PARSE_ERROR' | 'INVALID_REQUEST' | 'METHOD_NOT_FOUND';

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
    const { services } = this.#deps;
    const session = new ClientSession(this.#deps, peer);
    services.events.attach(session.id, notify);
    session.loginWithPeerCredential();
    this.#countSessions(peer.transport, 1);
    session.onClose = () => {
      services.events.detach(session.id);
      this.#countSessions(peer.transport, -1);
    };
    return session;
  }

  failure(code: string, hint?: string): RpcFailure {
    const error = failureError(isErrorCode(code) ? code : 'INTERNAL', hint);
    return toFailure(error, crypto.randomUUID());
  }

  describe(): Readonly<Record<string, unknown>> {
    return this.#deps.services.openRpc();
  }

  #countSessions(transport: string, by: number): void {
    const count = (this.#open.get(transport) ?? 0) + by;
    this.#open.set(transport, count);
    this.#deps.metrics.set('camera_service_sessions_active', count, { transport });
  }
}

class ClientSession implements RpcSession, Session {
  readonly id = crypto.randomUUID();
  readonly peer: Peer;
  readonly #deps: EndpointDeps;
  onClose: (() => void) | undefined;
  principal: Principal | undefined;
  wantsMetadata = false;
  loginError: Error | undefined;
  pendingLogin: Promise<void> | undefined;

  constructor(deps: EndpointDeps, peer: Peer) {
    this.#deps = deps;
    this.peer = peer;
  }

  call(request: RpcCall, signal: AbortSignal): Promise<RpcOutcome> {
    return this.#deps.dispatcher.call(request, this, signal);
  }

  close(): void {
    this.onClose?.();
    this.onClose = undefined;
  }

  become(principal: Principal, wantsMetadata: boolean): void {
    this.principal = principal;
    this.wantsMetadata = wantsMetadata;
    this.loginError = undefined;
    this.#deps.services.events.identify(this.id, principal);
  }

  /** Decided in the background, so that opening a connection does not wait; the first call does. */
  loginWithPeerCredential(): void {
    if (this.peer.credential === undefined) return;
    this.pendingLogin = this.#login(this.peer.credential).finally(() => (this.pendingLogin = undefined));
  }

  async #login(credential: string): Promise<void> {
    const startedAt = this.#deps.clock.monotonicMs();
    try {
      const principal = await this.#deps.services.auth.login(credential, this.peer.address);
      // An `authenticate` that came meanwhile is the client's later word.
      if (this.principal === undefined) this.become(principal, false);
      this.#trail(startedAt, 'ok', principal);
    } catch (cause) {
      this.#trail(startedAt, isServiceError(cause) ? cause.code : 'INTERNAL', undefined);
      this.loginError = cause instanceof Error ? cause : new Error('login failed', { cause });
    }
  }

  #trail(startedAt: number, outcome: AuditFacts['outcome'], principal: Principal | undefined): void {
    const { audit, clock } = this.#deps;
    audit?.record({
      at: clock.now(),
      kind: 'login',
      requestId: this.id,
      method: 'connect',
      outcome,
      principal,
      transport: this.peer.transport,
      address: this.peer.address,
      durationMs: clock.monotonicMs() - startedAt,
    });
  }
}

function failureError(code: ErrorCode, hint: string | undefined): ServiceError {
  switch (code) {
    case 'PARSE_ERROR':
    case 'INVALID_REQUEST':
    case 'METHOD_NOT_FOUND':
      return new ServiceError<HintedCode>(code, hint === undefined ? {} : { hint });
    case 'INVALID_PARAMS':
      return new ServiceError(code, { param: 'params', rule: 'invalid', hint: hint ?? '' });
    case 'RATE_LIMITED':
      return new ServiceError(code, { retry_after_ms: RETRY_AFTER_MS });
    case 'AUTH_REQUIRED':
    case 'AUTH_FAILED':
      return new ServiceError(code, { reason: hint ?? 'not_authenticated' });
    case 'INVALID_STATE':
      return new ServiceError(code, { state: hint ?? 'stopping', allowed_states: ['ready'] });
    default:
      return new ServiceError('INTERNAL', {});
  }
}
