import { maySee } from '../../core/auth/roles.js';
import { tapStream } from '../../core/lifecycle/tap-stream.js';
import { isStream } from '../../core/rpc/route-run.js';
import type { Route, RouteCall, RouteResponse } from '../../core/rpc/route-table.js';
import type { Clock } from '../../ports/index.js';
import type { RouteRequest } from '../api/index.js';
import type { FaultBook } from '../guard/fault-book.js';
import { ShapeError } from '../guard/shapes.js';
import type { AnyRoute } from './declarations.js';
import { blame, type Blamed } from './plugin-blame.js';
import { promised, type HeldCall, type PluginCalls } from './plugin-calls.js';
import { chunkFault, readResponse } from './route-response.js';

const TIMEOUT_MS = 5_000;
const BODY_BYTES = 64 * 1024;
/** Credentials of ours where other parts of the service take them in the query. */
const WITHHELD: readonly string[] = ['ticket', 'auth_token'];

export interface RouteDeps {
  readonly plugin: string;
  readonly calls: PluginCalls;
  readonly faults: FaultBook;
  readonly clock: Clock;
}

/** A route of a plugin as a line of the table of routes: what its handler does is the plugin's fault. */
export function pluginRoute(offer: AnyRoute, deps: RouteDeps): Route {
  const { method, path, role, timeoutMs = TIMEOUT_MS, maxBodyBytes = BODY_BYTES, audited } = offer;
  const guarded = new GuardedRoute(offer, timeoutMs, deps);
  return {
    ...{ method, pattern: path, timeoutMs, bodyBytes: maxBodyBytes },
    role: role === 'public' ? 'none' : role,
    audited: audited !== false,
    recorded: audited === false ? [] : audited,
    run: (call) => guarded.run(call),
  };
}

/** For faults and messages. */
export function subjectOf({ method, path }: Pick<AnyRoute, 'method' | 'path'>): string {
  return `route ${method} ${path}`;
}

class GuardedRoute {
  readonly #offer: AnyRoute;
  readonly #deps: RouteDeps;
  readonly #blamed: Blamed;

  constructor(offer: AnyRoute, timeoutMs: number, deps: RouteDeps) {
    this.#offer = offer;
    this.#deps = deps;
    this.#blamed = { plugin: deps.plugin, subject: subjectOf(offer), timeoutMs, faults: deps.faults };
  }

  async run(call: RouteCall): Promise<RouteResponse> {
    const { plugin, faults, calls } = this.#deps;
    const held = calls.hold(call.signal);
    const answer = promised(() => this.#offer.handler(this.#request(call, held.signal))).then((given) =>
      readResponse(given, plugin),
    );
    // Its place is free when the handler has ended and nothing of its answer is to be sent any more, however late that is.
    answer.then(
      ({ body }) => {
        if (isStream(body) && !held.signal.aborted) return;
        held.release();
        if (isStream(body)) leave(body);
      },
      () => {
        held.release();
      },
    );
    try {
      const response = await held.orEnd(answer);
      const { body } = response;
      if (isStream(body)) return { ...response, body: this.#guardedStream(body, held) };
      faults.clear(plugin, this.#blamed.subject);
      return response;
    } catch (cause) {
      throw blame(cause, call.signal, this.#blamed);
    }
  }

  /** What a handler learns. All of it is a copy. */
  #request(
    { principal, requestId, params, query, headers, body }: RouteCall,
    signal: AbortSignal,
  ): RouteRequest {
    const named = (this.#offer.headers ?? []).flatMap((name) => {
      const value = headers[name];
      return value === undefined ? [] : [[name, value] as const];
    });
    return Object.freeze({
      ...{ requestId, signal, body },
      params: Object.freeze({ ...params }),
      query: Object.freeze(Object.fromEntries([...query].filter(([name]) => !WITHHELD.includes(name)))),
      headers: Object.freeze(Object.fromEntries(named)),
      ...(principal === undefined
        ? {}
        : { caller: Object.freeze({ id: principal.id, role: principal.role }) }),
      maySee: (camera: string) => principal !== undefined && maySee(principal, camera),
    });
  }

  #guardedStream(body: AsyncIterable<Uint8Array>, held: HeldCall): AsyncIterable<Uint8Array> {
    const { plugin, faults, clock } = this.#deps;
    const { subject, timeoutMs } = this.#blamed;
    const { signal } = held;
    const stream = tapStream(body, {
      wait: (step) => notLaterThan(clock, timeoutMs, held.orEnd(step)),
      onChunk: (chunk) => {
        const fault = chunkFault(chunk);
        if (fault !== undefined) throw new ShapeError(fault);
      },
      onEnd: (cause) => {
        // The client has left, or the plugin was taken out.
        const isCut = signal.aborted;
        held.end(new Error('nobody reads the stream any more'));
        held.release();
        if (isCut) return;
        if (cause === undefined) faults.clear(plugin, subject);
        else faults.raise(plugin, subject, cause);
      },
    });
    const onAbort = (): void => {
      stream.cut(signal.reason);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    return stream;
  }
}

/** @throws ShapeError. */
function notLaterThan<T>(clock: Clock, limitMs: number, step: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(limitMs, () => {
      reject(new ShapeError(`sent nothing for ${String(limitMs)} ms`));
    });
    step.then(resolve, reject).finally(cancel);
  });
}

function leave(body: AsyncIterable<Uint8Array>): void {
  promised(() => body[Symbol.asyncIterator]().return?.()).catch(() => undefined);
}
