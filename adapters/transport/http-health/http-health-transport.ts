/** Liveness, readiness, component detail and metrics over HTTP, for orchestrators and Prometheus. */
import type { HttpListener, HttpRequest, HttpResponse } from '../../../ports/http-listener.js';
import { HTTP_STATUS } from '../../../ports/http-status.js';
import type { Logger } from '../../../ports/logger.js';
import type { HealthEndpoint, ServiceEndpoint, Transport } from '../../../ports/transport.js';
import { errorResponse, jsonResponse, methodNotAllowed } from '../../_shared/web-error.js';
import { urlOf } from '../../_shared/web-request.js';

export interface HttpHealthDeps {
  readonly listener: HttpListener;
  readonly log: Logger;
}

const NAME = 'http-health';
const HEALTH_PATH = '/health';
const METRICS_PATH = '/metrics';

export function createHttpHealthTransport(deps: HttpHealthDeps): Transport {
  return new HttpHealthTransport(deps);
}

class HttpHealthTransport implements Transport {
  readonly name = NAME;
  readonly supports = {
    calls: false,
    events: false,
    files: false,
    health: true,
    jsonRpc: false,
    batches: false,
  };
  readonly #deps: HttpHealthDeps;
  #removeRoutes: (() => void)[] = [];

  constructor(deps: HttpHealthDeps) {
    this.#deps = deps;
  }

  async start(service: ServiceEndpoint, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#removeRoutes.length > 0) return;
    const { listener } = this.#deps;
    const serve = (request: HttpRequest): Promise<HttpResponse | undefined> =>
      this.#answer(request, service.health);
    this.#removeRoutes = [listener.route(HEALTH_PATH, serve), listener.route(METRICS_PATH, serve)];
  }

  async stop(_signal: AbortSignal): Promise<void> {
    for (const remove of this.#removeRoutes.splice(0)) remove();
  }

  addresses(): readonly string[] {
    const address = this.#deps.listener.address();
    return address === undefined || this.#removeRoutes.length === 0
      ? []
      : [urlOf('http', address, HEALTH_PATH)];
  }

  async #answer(request: HttpRequest, health: HealthEndpoint): Promise<HttpResponse | undefined> {
    const answer = ANSWERS.get(request.path);
    if (answer === undefined) return undefined;
    if (request.method !== 'GET' && request.method !== 'HEAD') return methodNotAllowed(['GET', 'HEAD']);
    try {
      return await answer(health);
    } catch (error) {
      this.#deps.log.error('a health answer failed', { error, path: request.path });
      return errorResponse({ code: 'UNAVAILABLE', message: 'this could not be determined' });
    }
  }
}

type Answering = (health: HealthEndpoint) => HttpResponse | Promise<HttpResponse>;

const ANSWERS: ReadonlyMap<string, Answering> = new Map<string, Answering>([
  [HEALTH_PATH, overall],
  [`${HEALTH_PATH}/live`, () => jsonResponse(200, { status: 'ALIVE' })],
  [`${HEALTH_PATH}/ready`, ready],
  [`${HEALTH_PATH}/detailed`, detailed],
  [METRICS_PATH, metrics],
]);

/** An orchestrator reads the status and nothing else. */
function statusIf(isWell: boolean): number {
  return isWell ? 200 : HTTP_STATUS.UNAVAILABLE;
}

/** A degraded service still serves, so only an unhealthy one asks to be taken out. */
function overall(health: HealthEndpoint): HttpResponse {
  const { status, ready: isReady } = health.report();
  return jsonResponse(statusIf(status !== 'UNHEALTHY'), { status, ready: isReady });
}

function ready(health: HealthEndpoint): HttpResponse {
  const { status, ready: isReady } = health.report();
  return jsonResponse(statusIf(isReady), { status, ready: isReady });
}

function detailed(health: HealthEndpoint): HttpResponse {
  const report = health.report();
  return jsonResponse(statusIf(report.status !== 'UNHEALTHY'), report);
}

async function metrics(health: HealthEndpoint): Promise<HttpResponse> {
  const { contentType, text } = await health.metrics();
  return { status: 200, headers: { 'content-type': contentType, 'cache-control': 'no-store' }, body: text };
}
