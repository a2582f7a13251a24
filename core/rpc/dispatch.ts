import type { Principal } from '../../ports/auth-provider.js';
import type { Clock } from '../../ports/clock.js';
import type { Logger } from '../../ports/logger.js';
import type { MetricsSink } from '../../ports/metrics-sink.js';
import type { RpcCall, RpcOutcome } from '../../ports/transport.js';
import { auditRecord, type AuditSink } from '../audit/record.js';
import { maySee, roleAllows } from '../auth/roles.js';
import { cameraNotFound, dependencyFailed, invalidParam } from '../errors/service-error.js';
import { invalidState, ServiceError } from '../errors/service-error.js';
import { Call } from './call.js';
import { Deadlines } from './deadlines.js';
import type { Method } from './define-method.js';
import { FailureReport, toFailure } from './failure.js';
import { RateLimit, type RateLimitOptions } from './rate-limit.js';
import type { Services } from './services.js';
import type { Session } from './session.js';
import { isCameraId } from './validation.js';

export interface DispatcherDeps {
  readonly methods: readonly Method[];
  readonly services: Services;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: MetricsSink;
  readonly audit?: AuditSink;
}

export interface DispatcherOptions {
  readonly perPrincipal: RateLimitOptions;
  readonly perAddress: RateLimitOptions;
  /** Answers that are not as the method declares become `INTERNAL`. On in tests and in development. */
  readonly checkResults?: boolean;
}

/** What is known of a call while it goes through the steps; the trail at the end is written from it. */
interface Passage {
  readonly request: RpcCall;
  readonly session: Session;
  readonly connection: AbortSignal;
  readonly requestId: string;
  readonly startedAt: number;
  readonly method: Method | undefined;
  principal: Principal | undefined;
}

type Params = Readonly<Record<string, unknown>>;

/** Runs calls. Every rule that holds for all methods is here, once, and works from the method's declaration. */
export class Dispatcher {
  readonly #deps: DispatcherDeps;
  readonly #checkResults: boolean;
  readonly #methods: ReadonlyMap<string, Method>;
  readonly #okLabels: ReadonlyMap<string, { readonly method: string; readonly outcome: string }>;
  readonly #durationLabels: ReadonlyMap<string, { readonly method: string }>;
  readonly #perPrincipal: RateLimit;
  readonly #perAddress: RateLimit;
  readonly #failures: FailureReport;
  readonly #deadlines: Deadlines;

  /** @throws TypeError when two methods have one name. */
  constructor(deps: DispatcherDeps, options: DispatcherOptions) {
    this.#deps = deps;
    this.#checkResults = options.checkResults ?? false;
    this.#methods = new Map(deps.methods.map((method) => [method.name, method]));
    if (this.#methods.size !== deps.methods.length) throw new TypeError('two methods have one name');
    const names = deps.methods.map((method) => method.name);
    this.#okLabels = new Map(names.map((method) => [method, { method, outcome: 'ok' }]));
    this.#durationLabels = new Map(names.map((method) => [method, { method }]));
    this.#perPrincipal = new RateLimit(deps.clock, options.perPrincipal);
    this.#perAddress = new RateLimit(deps.clock, options.perAddress);
    this.#failures = new FailureReport(deps.log);
    this.#deadlines = new Deadlines(deps.clock);
  }

  /** Never rejects. @param connection aborts when the client is gone. */
  async call(request: RpcCall, session: Session, connection: AbortSignal): Promise<RpcOutcome> {
    const passage: Passage = {
      request,
      session,
      connection,
      requestId: crypto.randomUUID(),
      startedAt: this.#deps.clock.monotonicMs(),
      method: this.#methods.get(request.method),
      principal: session.principal,
    };
    try {
      const result = await this.#perform(passage);
      this.#trail(passage, 'ok');
      return session.wantsMetadata
        ? { ok: true, result, metadata: this.#metadata(passage) }
        : { ok: true, result };
    } catch (cause) {
      const error = this.#failures.explain(cause, passage);
      this.#trail(passage, connection.aborted ? 'cancelled' : error.code);
      return { ok: false, error: toFailure(error, passage.requestId) };
    }
  }

  /** To be called when no more calls come. */
  close(): void {
    this.#deadlines.close();
  }

  async #perform(passage: Passage): Promise<unknown> {
    const { method, request, session } = passage;
    this.#perAddress.take(session.peer.address);
    if (method === undefined) throw new ServiceError('METHOD_NOT_FOUND', {});
    const given = asParams(request.params);
    if (method.role !== 'none') {
      passage.principal =
        this.#knownPrincipal(given, session) ?? (await this.#principal(method, given, session));
    }
    const { principal } = passage;
    if (principal !== undefined && method.role !== 'none') {
      this.#assertAllowed(method, given, principal);
      this.#perPrincipal.take(principal.id);
    }
    const params = method.takesToken ? given : withoutToken(given);
    if (!method.paramsCheck.accepts(params)) throw method.paramsCheck.fault(params);
    this.#assertReady(method);
    return this.#handle(method, params, passage);
  }

  /** The principal of a conversation that has logged in and shows nothing new: by far the most calls, so without waiting. */
  #knownPrincipal(params: Params, { principal, pendingLogin }: Session): Principal | undefined {
    if (principal === undefined || pendingLogin !== undefined || params['auth_token'] !== undefined)
      return undefined;
    this.#deps.services.auth.assertCurrent(principal);
    return principal;
  }

  async #principal(method: Method, params: Params, session: Session): Promise<Principal> {
    const { auth } = this.#deps.services;
    const shown = method.takesToken ? undefined : params['auth_token'];
    if (typeof shown === 'string') return auth.login(shown, session.peer.address);
    if (shown !== undefined) throw invalidParam('auth_token', 'string', 'Expected a token or an API key.');
    if (session.pendingLogin !== undefined) await session.pendingLogin;
    const { principal } = session;
    if (principal === undefined) {
      throw session.loginError ?? new ServiceError('AUTH_REQUIRED', { reason: 'not_authenticated' });
    }
    auth.assertCurrent(principal);
    return principal;
  }

  #assertAllowed(method: Method, params: Params, principal: Principal): void {
    if (!roleAllows(principal.role, method.role)) {
      const data = { required_role: method.role, have_role: principal.role };
      throw new ServiceError('PERMISSION_DENIED', data);
    }
    const device = method.takesDevice && principal.cameras !== undefined ? params['device'] : undefined;
    if (typeof device === 'string' && isCameraId(device) && !maySee(principal, device)) {
      throw cameraNotFound(device, this.#deps.services.visibleCameras(principal));
    }
  }

  #assertReady(method: Method): void {
    if (method.needs.length === 0) return;
    for (const part of method.needs) {
      const phase = this.#deps.services.phase(part);
      if (phase !== 'ready') throw invalidState(phase, ['ready']);
    }
  }

  async #handle(method: Method, params: Params, passage: Passage): Promise<unknown> {
    const { services, clock } = this.#deps;
    const { principal, session, requestId, connection } = passage;
    const call = new Call({ principal, session, requestId, services, clock, connection });
    const result = await this.#withinDeadline(method, params, call);
    if (this.#checkResults && !method.resultCheck.accepts(result)) {
      const { data } = method.resultCheck.fault(result);
      throw new TypeError(`result of ${method.name}: ${String(data['param'])} (${String(data['hint'])})`);
    }
    return result;
  }

  async #withinDeadline(method: Method, params: Params, call: Call): Promise<unknown> {
    let cancel: (() => void) | undefined;
    try {
      return await new Promise((resolve, reject) => {
        cancel = this.#deadlines.watch(method.timeoutMs, () => {
          const late = dependencyFailed('service', `deadline of ${String(method.timeoutMs)} ms exceeded`);
          call.abort(late);
          reject(late);
        });
        method.run(params, call).then(resolve, reject);
      });
    } finally {
      cancel?.();
      call.release();
    }
  }

  #trail(passage: Passage, outcome: Parameters<typeof auditRecord>[0]['outcome']): void {
    const { metrics, audit, clock } = this.#deps;
    const name = passage.method?.name ?? 'unknown';
    const durationMs = clock.monotonicMs() - passage.startedAt;
    const okLabels = outcome === 'ok' ? this.#okLabels.get(name) : undefined;
    metrics.count('camera_service_rpc_requests_total', okLabels ?? { method: name, outcome });
    const durationLabels = this.#durationLabels.get(name) ?? { method: name };
    metrics.observe('camera_service_rpc_duration_seconds', durationMs / 1000, durationLabels);
    if (audit === undefined || passage.method?.audited !== true) return;
    audit.record(
      auditRecord({
        at: clock.now(),
        requestId: passage.requestId,
        method: name,
        outcome,
        // A login is recorded under the one who came in.
        principal: passage.method.takesToken ? passage.session.principal : passage.principal,
        peer: passage.session.peer,
        params: passage.request.params,
        durationMs,
      }),
    );
  }

  #metadata(passage: Passage): Params {
    const { clock } = this.#deps;
    return {
      processing_time_ms: Math.round((clock.monotonicMs() - passage.startedAt) * 1000) / 1000,
      server_timestamp: new Date(clock.now()).toISOString(),
      request_id: passage.requestId,
    };
  }
}

function asParams(params: unknown): Params {
  if (params === undefined) return {};
  if (typeof params === 'object' && params !== null && !Array.isArray(params)) return params as Params;
  throw invalidParam('params', 'object', 'Parameters are an object with names.');
}

function withoutToken(params: Params): Params {
  if (!('auth_token' in params)) return params;
  const { auth_token: _shown, ...rest } = params;
  return rest;
}
