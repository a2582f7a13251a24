import type { Principal } from '../../ports/auth-provider.js';
import { isCameraName } from '../../ports/camera-name.js';
import type { Clock } from '../../ports/clock.js';
import type { Logger } from '../../ports/logger.js';
import type { MetricsSink } from '../../ports/metrics-sink.js';
import type { RpcCall, RpcOutcome } from '../../ports/transport.js';
import type { AuditSink } from '../audit/audit-trail.js';
import type { AuditFacts } from '../audit/record.js';
import { credentialKey } from '../auth/lease.js';
import { maySee, roleAllows } from '../auth/roles.js';
import { cameraNotFound, dependencyFailed, invalidParam } from '../errors/service-error.js';
import { invalidState, ServiceError } from '../errors/service-error.js';
import { Call, type CallFacts } from './call.js';
import type { ClientSession } from './client-session.js';
import { Deadlines } from './deadlines.js';
import type { Method } from './define-method.js';
import type { MethodTable } from './method-table.js';
import { FailureReport, toFailure } from '../errors/failure.js';
import { AddressLimit } from './address-limit.js';
import { RateLimit, type RateLimitOptions } from './rate-limit.js';
import { visibleCameras } from './scope.js';
import type { Parts, ServicePart, ServicePhase } from './parts.js';

export interface DispatcherDeps {
  readonly methods: MethodTable;
  readonly parts: Pick<Parts, 'auth' | 'cameras'>;
  /** Whether a part takes work: not before it has started, and not once the service is stopping. */
  readonly phase: (part: ServicePart) => ServicePhase;
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

type Params = Readonly<Record<string, unknown>>;

/** Runs calls. Every rule that holds for all methods is here, once, and works from the method's declaration. */
export class Dispatcher {
  readonly #deps: DispatcherDeps;
  readonly #checkResults: boolean;
  readonly #perPrincipal: RateLimit;
  readonly #perAddress: AddressLimit;
  readonly #failures: FailureReport;
  readonly #deadlines: Deadlines;

  constructor(deps: DispatcherDeps, options: DispatcherOptions) {
    this.#deps = deps;
    this.#checkResults = options.checkResults ?? false;
    this.#perPrincipal = new RateLimit(deps.clock, options.perPrincipal);
    this.#perAddress = new AddressLimit(deps.clock, options.perAddress);
    this.#failures = new FailureReport(deps.log);
    this.#deadlines = new Deadlines(deps.clock);
  }

  /** Never rejects. @param connection aborts when the client is gone. */
  call(request: RpcCall, session: ClientSession, connection: AbortSignal): Promise<RpcOutcome> {
    const entry = this.#deps.methods.get(request.method);
    const run = (): Promise<RpcOutcome> => this.#run({ request, session, connection, entry });
    return entry?.method.takesToken === true ? session.logsIn(run) : session.afterLogin(run);
  }

  async #run(facts: CallFacts): Promise<RpcOutcome> {
    const { clock } = this.#deps;
    const { session, connection } = facts;
    const call = new Call(facts, clock);
    try {
      const result = await this.#perform(call);
      this.#trail(call, 'ok');
      return session.wantsMetadata
        ? { ok: true, result, metadata: this.#metadata(call) }
        : { ok: true, result };
    } catch (cause) {
      const error = this.#failures.explain(this.#charged(cause, call), call);
      this.#trail(call, connection.aborted ? 'cancelled' : error.code);
      return { ok: false, error: toFailure(error, call.requestId) };
    }
  }

  /** To be called when no more calls come. */
  close(): void {
    this.#deadlines.close();
  }

  async #perform(call: Call): Promise<unknown> {
    const { method, request, session } = call;
    this.#admit(call);
    if (method === undefined) throw new ServiceError('METHOD_NOT_FOUND', {});
    const given = asParams(request.params);
    if (method.role !== 'none') {
      call.principal = this.#knownPrincipal(given, session) ?? (await this.#principal(method, given, call));
      this.#assertAllowed(method, given, call.principal);
    }
    const params = method.takesToken ? given : withoutToken(given);
    if (!method.paramsCheck.accepts(params)) throw method.paramsCheck.fault(params);
    call.accepted = params;
    this.#assertReady(method);
    const result = await this.#withinDeadline(method, params, call);
    if (this.#checkResults) assertDeclared(method, result);
    return result;
  }

  /**
   * Limits per credential for those who have one that holds, wherever they are; per address for all others. Who shows one is let
   * through until it is decided, so that a good one never suffers from what others do at its address.
   */
  #admit(call: Call): void {
    const { session, method, request } = call;
    const { lease } = session;
    if (lease?.holds === true) this.#perPrincipal.take(lease.key);
    else if (method !== undefined && showsCredential(method, request.params, session)) call.isUnproven = true;
    else this.#perAddress.take(session);
  }

  /** A call whose credential was refused counts as one without. @returns what the client is told. */
  #charged(cause: unknown, call: Call): unknown {
    if (!call.isUnproven) return cause;
    try {
      this.#perAddress.take(call.session);
      return cause;
    } catch (limited) {
      return limited;
    }
  }

  /** The principal of a conversation that has logged in and shows nothing new: by far the most calls, so without waiting. */
  #knownPrincipal(params: Params, { lease, isLoggingIn }: ClientSession): Principal | undefined {
    if (lease === undefined || isLoggingIn || params['auth_token'] !== undefined) return undefined;
    lease.assertHolds();
    return lease.principal;
  }

  async #principal(method: Method, params: Params, call: Call): Promise<Principal> {
    const { session } = call;
    const shown = method.takesToken ? undefined : params['auth_token'];
    if (shown !== undefined && typeof shown !== 'string')
      throw invalidParam('auth_token', 'string', 'Expected a token or an API key.');
    if (shown === undefined) await session.logIn();
    const principal =
      shown === undefined
        ? this.#knownPrincipal(params, session)
        : await this.#deps.parts.auth.login(shown, session.peer.address);
    if (principal === undefined) throw new ServiceError('AUTH_REQUIRED', { reason: 'not_authenticated' });
    if (shown !== undefined) session.vouched();
    if (call.isUnproven) {
      call.isUnproven = false;
      this.#perPrincipal.take(credentialKey(principal));
    }
    return principal;
  }

  #assertAllowed(method: Method, params: Params, principal: Principal): void {
    if (!roleAllows(principal.role, method.role)) {
      const data = { required_role: method.role, have_role: principal.role };
      throw new ServiceError('PERMISSION_DENIED', data);
    }
    const device = method.takesDevice && principal.cameras !== undefined ? params['device'] : undefined;
    if (isCameraName(device) && !maySee(principal, device)) {
      throw cameraNotFound(device, visibleCameras(this.#deps.parts.cameras, principal));
    }
  }

  #assertReady(method: Method): void {
    if (method.needs.length === 0) return;
    for (const part of method.needs) {
      const phase = this.#deps.phase(part);
      if (phase !== 'ready') throw invalidState(phase, ['ready']);
    }
  }

  #withinDeadline(method: Method, params: Params, call: Call): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const takeBack = this.#deadlines.watch(method.timeoutMs, () => {
        const late = dependencyFailed('service', `deadline of ${String(method.timeoutMs)} ms exceeded`);
        call.abort(late);
        call.release();
        reject(late);
      });
      const over = (): void => {
        takeBack();
        call.release();
      };
      method.run(params, call, call.entry?.parts).then(
        (result) => {
          over();
          resolve(result);
        },
        (cause: unknown) => {
          over();
          reject(cause);
        },
      );
    });
  }

  #trail(call: Call, outcome: AuditFacts['outcome']): void {
    const { metrics, audit, clock } = this.#deps;
    const name = call.method?.name ?? 'unknown';
    const durationMs = clock.monotonicMs() - call.startedAt;
    const okLabels = outcome === 'ok' ? call.entry?.okLabels : undefined;
    metrics.count('camera_service_rpc_requests_total', okLabels ?? { method: name, outcome });
    const durationLabels = call.entry?.durationLabels ?? { method: name };
    metrics.observe('camera_service_rpc_duration_seconds', durationMs / 1000, durationLabels);
    if (audit === undefined || call.method?.audited !== true) return;
    const { takesToken, recorded } = call.method;
    audit.record({
      at: clock.now(),
      kind: takesToken ? 'login' : 'call',
      requestId: call.requestId,
      method: name,
      outcome,
      // A login is recorded under the one who came in; a refused one under nobody, whoever was there before.
      principal: takesToken ? (outcome === 'ok' ? call.session.principal : undefined) : call.principal,
      transport: call.peer.transport,
      address: call.peer.address,
      accepted: call.accepted,
      recorded,
      durationMs,
    });
  }

  #metadata(call: Call): Params {
    const { clock } = this.#deps;
    return {
      processing_time_ms: Math.round((clock.monotonicMs() - call.startedAt) * 1000) / 1000,
      server_timestamp: new Date(clock.now()).toISOString(),
      request_id: call.requestId,
    };
  }
}

function assertDeclared(method: Method, result: unknown): void {
  if (method.resultCheck.accepts(result)) return;
  const { data } = method.resultCheck.fault(result);
  throw new TypeError(`result of ${method.name}: ${String(data['param'])} (${String(data['hint'])})`);
}

/** Whether the call may yet prove who makes it. */
function showsCredential(method: Method, params: unknown, session: ClientSession): boolean {
  if (method.takesToken) return true;
  if (method.role === 'none') return false;
  const hasToken = typeof params === 'object' && params !== null && 'auth_token' in params;
  return hasToken || session.hasUnusedCredential;
}

function asParams(params: unknown): Params {
  if (params === undefined) return {};
  if (typeof params === 'object' && params !== null && !Array.isArray(params)) return params as Params;
  throw invalidParam('params', 'object', 'Parameters must be an object with named members.');
}

function withoutToken(params: Params): Params {
  if (!('auth_token' in params)) return params;
  const { auth_token: _shown, ...rest } = params;
  return rest;
}
