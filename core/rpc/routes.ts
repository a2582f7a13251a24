import type {
  Clock,
  Logger,
  MetricsSink,
  Principal,
  RouteEndpoint,
  RoutedAnswer,
  RoutedRequest,
} from '../../ports/index.js';
import { addressGroup } from '../../ports/address-group.js';
import { isCameraName } from '../../ports/camera-name.js';
import type { AuditSink } from '../audit/audit-trail.js';
import { credentialKey } from '../auth/lease.js';
import { maySee, roleAllows } from '../auth/roles.js';
import { FailureReport, toFailure } from '../errors/failure.js';
import { cameraNotFound, invalidParam, invalidState, ServiceError } from '../errors/service-error.js';
import type { Parts, ServicePart, ServicePhase } from './parts.js';
import { RateLimit } from './rate-limit.js';
import type { DispatcherOptions } from './dispatch.js';
import { RouteRun } from './route-run.js';
import { isGet, type FoundRoute, type RouteTable, type Site } from './route-table.js';
import { theCamera, visibleCameras } from './scope.js';

export interface RoutesDeps {
  readonly routes: RouteTable;
  readonly parts: Pick<Parts, 'auth' | 'cameras'>;
  readonly phase: (part: ServicePart) => ServicePhase;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: MetricsSink;
  readonly audit?: AuditSink;
}

const NOT_FOUND: RoutedAnswer = { kind: 'refusal', code: 'NOT_FOUND' };
/** For the audit trail. */
const TRANSPORT = 'http';

/** Runs requests for what plugins serve. The rules are those of calls, and work from the declaration of the route. */
export class Routes implements RouteEndpoint {
  readonly #deps: RoutesDeps;
  readonly #perPrincipal: RateLimit;
  readonly #perAddress: RateLimit;
  readonly #failures: FailureReport;

  constructor(deps: RoutesDeps, options: Pick<DispatcherOptions, 'perPrincipal' | 'perAddress'>) {
    this.#deps = deps;
    this.#perPrincipal = new RateLimit(deps.clock, options.perPrincipal);
    this.#perAddress = new RateLimit(deps.clock, options.perAddress);
    this.#failures = new FailureReport(deps.log);
  }

  async answer(request: RoutedRequest): Promise<RoutedAnswer> {
    const found = this.#deps.routes.find(request.method, request.path);
    switch (found?.kind) {
      case 'route':
        return await this.#answerRoute(found, request);
      case 'site':
        return await answerFile(found, request);
      case 'root':
        return { kind: 'response', status: 308, headers: { location: `${found.plugin}/` } };
      case 'other':
        return { kind: 'refusal', code: 'METHOD_NOT_ALLOWED', allow: found.allow };
      case undefined:
        return NOT_FOUND;
    }
  }

  async #answerRoute(found: FoundRoute, request: RoutedRequest): Promise<RoutedAnswer> {
    const { clock } = this.#deps;
    const run = new RouteRun(found, request, clock.monotonicMs());
    try {
      const answer = await this.#perform(run);
      this.#trail(run, answer.kind === 'refusal' ? 'INVALID_REQUEST' : 'ok');
      return answer;
    } catch (cause) {
      const error = this.#failures.explain(cause, run.asCall);
      this.#trail(run, request.signal.aborted ? 'cancelled' : error.code);
      return { kind: 'failure', error: toFailure(error, run.requestId) };
    }
  }

  async #perform(run: RouteRun): Promise<RoutedAnswer> {
    run.principal = await this.#caller(run);
    this.#assertSeen(run);
    const body = await run.readBody();
    if (body === undefined) return { kind: 'refusal', code: 'TOO_LARGE' };
    const { auth } = this.#deps.parts;
    return { kind: 'response', ...(await run.perform(body, { auth, clock: this.#deps.clock })) };
  }

  /** As for calls: limits per credential for those who have a good one, per address for all others. */
  async #caller({ found, request }: RouteRun): Promise<Principal | undefined> {
    const { role } = found.route;
    const { credential, address } = request;
    const chargeAddress = (): void => this.#perAddress.take(addressGroup(address));
    if (role === 'none') {
      chargeAddress();
      return undefined;
    }
    if (credential === undefined) {
      chargeAddress();
      throw new ServiceError('AUTH_REQUIRED', { reason: 'no_credential' });
    }
    const principal = await this.#deps.parts.auth.login(credential, address).catch((cause: unknown) => {
      chargeAddress();
      throw cause;
    });
    this.#perPrincipal.take(credentialKey(principal));
    if (roleAllows(principal.role, role)) return principal;
    throw new ServiceError('PERMISSION_DENIED', { required_role: role, have_role: principal.role });
  }

  /** A `device` in the path or in the query is a camera that the caller may see. */
  #assertSeen({ found, request, principal }: RouteRun): void {
    const devices = [found.params['device'], request.query.get('device')];
    const { cameras } = this.#deps.parts;
    for (const device of devices) {
      if (device === undefined || principal === undefined) continue;
      if (!isCameraName(device)) throw invalidParam('device', 'pattern', 'Expected the name of a camera.');
      const phase = this.#deps.phase('cameras');
      if (phase !== 'ready') throw invalidState(phase, ['ready']);
      if (!maySee(principal, device)) throw cameraNotFound(device, visibleCameras(cameras, principal));
      theCamera(device, cameras, principal);
    }
  }

  #trail(run: RouteRun, outcome: 'ok' | 'cancelled' | ServiceError['code']): void {
    const { metrics, audit, clock } = this.#deps;
    const { plugin, route, params } = run.found;
    metrics.count('camera_service_plugin_requests_total', { plugin, outcome });
    if (!route.audited) return;
    audit?.record({
      at: clock.now(),
      kind: 'call',
      requestId: run.requestId,
      method: run.name,
      outcome,
      principal: run.principal,
      transport: TRANSPORT,
      address: run.request.address,
      accepted: run.isAccepted ? params : undefined,
      recorded: route.recorded,
      durationMs: clock.monotonicMs() - run.startedAt,
    });
  }
}

async function answerFile(
  { site, path }: { readonly site: Site; readonly path: string },
  { method, headers }: RoutedRequest,
): Promise<RoutedAnswer> {
  const answer = await site.find(path, headers);
  if (answer === undefined) return NOT_FOUND;
  return isGet(method) ? answer : { kind: 'refusal', code: 'METHOD_NOT_ALLOWED', allow: ['GET', 'HEAD'] };
}
