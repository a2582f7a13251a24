import type { Clock, Principal, RoutedRequest } from '../../ports/index.js';
import type { AuthService } from '../auth/auth-service.js';
import type { Lease } from '../auth/lease.js';
import { maySee, roleAllows } from '../auth/roles.js';
import { dependencyFailed, ServiceError } from '../errors/service-error.js';
import { follow } from '../lifecycle/follow.js';
import { tapStream } from '../lifecycle/tap-stream.js';
import { isGet, type FoundRoute, type RouteResponse } from './route-table.js';

const NOTHING = new Uint8Array();

interface RunDeps {
  readonly auth: AuthService;
  readonly clock: Clock;
}

/** One request for a route on its way. */
export class RouteRun {
  readonly requestId = crypto.randomUUID();
  readonly found: FoundRoute;
  readonly request: RoutedRequest;
  readonly startedAt: number;
  principal: Principal | undefined;
  /** The request was let through. */
  isAccepted = false;

  constructor(found: FoundRoute, request: RoutedRequest, startedAt: number) {
    this.found = found;
    this.request = request;
    this.startedAt = startedAt;
  }

  /** For the audit trail and the log. */
  get name(): string {
    const { plugin, route } = this.found;
    return `${route.method} /plugins/${plugin}${route.pattern}`;
  }

  /** For reports of failures. */
  get asCall() {
    const { params } = this.found;
    return {
      request: { method: this.name, params },
      requestId: this.requestId,
      connection: this.request.signal,
    };
  }

  /** @returns `undefined` when it is too long. A body that means nothing is not read. */
  async readBody(): Promise<Uint8Array | undefined> {
    this.isAccepted = true;
    if (isGet(this.request.method)) return NOTHING;
    try {
      return await this.request.body(this.found.route.bodyBytes);
    } catch (cause) {
      if (cause instanceof RangeError) return undefined;
      throw cause;
    }
  }

  /** The deadline is for the answer; a body that is a stream takes its time, for as long as the caller may have it. */
  async perform(body: Uint8Array, { auth, clock }: RunDeps): Promise<RouteResponse> {
    const { route, params } = this.found;
    const { query, headers } = this.request;
    const controller = new AbortController();
    const unfollow = follow(this.request.signal, controller);
    const lease = this.#hold(auth, controller);
    const over = (): void => {
      unfollow();
      lease?.release();
    };
    const cancel = clock.after(route.timeoutMs, () => {
      controller.abort(dependencyFailed('service', `deadline of ${String(route.timeoutMs)} ms exceeded`));
    });
    const { principal, requestId } = this;
    try {
      const { signal } = controller;
      const answer = await route.run({ principal, requestId, signal, params, query, headers, body });
      if (!isStream(answer.body)) {
        over();
        return answer;
      }
      const onChunk = (): void => this.#assertHolds(lease);
      return { ...answer, body: tapStream(answer.body, { onChunk, onEnd: over }) };
    } catch (cause) {
      over();
      throw cause;
    } finally {
      cancel();
    }
  }

  #hold(auth: AuthService, controller: AbortController): Lease | undefined {
    if (this.principal === undefined) return undefined;
    return auth.hold(this.principal, {
      onEnd: () => {
        controller.abort(new ServiceError('AUTH_FAILED', { reason: 'revoked' }));
      },
    });
  }

  /** @throws ServiceError when the caller may no longer have what it gets. */
  #assertHolds(lease: Lease | undefined): void {
    if (lease === undefined) return;
    lease.assertHolds();
    const { route, params } = this.found;
    const device = params['device'] ?? this.request.query.get('device');
    const { principal } = lease;
    const isAllowed =
      roleAllows(principal.role, route.role) && (device === undefined || maySee(principal, device));
    if (!isAllowed) throw new ServiceError('AUTH_FAILED', { reason: 'revoked' });
  }
}

export function isStream(body: RouteResponse['body']): body is AsyncIterable<Uint8Array> {
  return typeof body === 'object' && Symbol.asyncIterator in body;
}
