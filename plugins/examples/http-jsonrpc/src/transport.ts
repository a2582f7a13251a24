/** JSON-RPC 2.0 over HTTP: `POST /rpc` for calls, `GET /rpc/events` for events, and a session that joins the two. */
import { randomUUID } from 'node:crypto';
import { jsonRpcPeer, type JsonRpcPeer } from 'mediamtx-camera-service/kit';
import type {
  Clock,
  HttpListener,
  HttpRequest,
  HttpResponse,
  Logger,
  RpcEndpoint,
  ServiceEndpoint,
  Transport,
} from 'mediamtx-camera-service/plugin-api';
import { credentialOf, isJson, json, notAllowed, peerOf, refused } from './answers.js';
import { ClientSession } from './client-session.js';
import { EventStream } from './event-stream.js';

export interface TransportOptions {
  readonly path: string;
  readonly heartbeat_ms: number;
  readonly login_timeout_ms: number;
}

export interface TransportDeps {
  readonly listener: HttpListener;
  readonly clock: Clock;
  readonly log: Logger;
}

export const NAME = 'http-jsonrpc';
/** Joins a call to the session of an event stream. */
const SESSION_HEADER = 'rpc-session';

const EVENT_STREAM = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  'x-accel-buffering': 'no',
};

interface Client {
  readonly stream: EventStream;
  readonly session: ClientSession;
  readonly id: string;
}

export function createTransport(options: TransportOptions, deps: TransportDeps): Transport {
  return new HttpJsonRpcTransport(options, deps);
}

class HttpJsonRpcTransport implements Transport {
  readonly name = NAME;
  readonly supports = {
    ...{ calls: true, events: true, files: false, health: false, jsonRpc: true, batches: true },
  };
  readonly #options: TransportOptions;
  readonly #deps: TransportDeps;
  readonly #sessions = new Map<string, ClientSession>();
  readonly #streams = new Set<EventStream>();
  /** Requests that are being answered. */
  readonly #calls = new Map<JsonRpcPeer, Promise<void>>();
  #removeRoute: (() => void) | undefined;
  #isStopping = false;

  constructor(options: TransportOptions, deps: TransportDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  async start({ rpc }: ServiceEndpoint, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#removeRoute !== undefined) return;
    const { path } = this.#options;
    this.#isStopping = false;
    this.#removeRoute = this.#deps.listener.route(path, async (request) => {
      if (request.path === path) return this.#answerCalls(request, rpc);
      return request.path === `${path}/events` ? this.#openStream(request, rpc) : undefined;
    });
  }

  async stop(signal: AbortSignal): Promise<void> {
    this.#isStopping = true;
    const cut = (): void => {
      for (const peer of this.#calls.keys()) peer.gone();
    };
    signal.addEventListener('abort', cut, { once: true });
    if (signal.aborted) cut();
    await Promise.all(this.#calls.values());
    signal.removeEventListener('abort', cut);
    for (const stream of this.#streams) stream.end();
    this.#removeRoute?.();
    this.#removeRoute = undefined;
  }

  addresses(): readonly string[] {
    const address = this.#deps.listener.address();
    if (address === undefined || this.#removeRoute === undefined) return [];
    const host = /^(0\.0\.0\.0|::)$/.test(address.host) ? 'localhost' : address.host;
    const shown = host.includes(':') ? `[${host}]` : host;
    return [`http://${shown}:${String(address.port)}${this.#options.path}`];
  }

  async #answerCalls(request: HttpRequest, rpc: RpcEndpoint): Promise<HttpResponse> {
    if (request.method !== 'POST') return notAllowed('POST');
    if (!isJson(request))
      return refused(rpc.failure('INVALID_REQUEST', 'send Content-Type: application/json'), 415);
    const { messageBytes } = rpc.limits;
    const body = await request.body(messageBytes).catch((error: unknown) => {
      if (error instanceof RangeError) return undefined;
      throw error;
    });
    if (body === undefined)
      return refused(
        rpc.failure('INVALID_REQUEST', `a message has at most ${String(messageBytes)} bytes`),
        413,
      );
    const named = request.headers[SESSION_HEADER];
    if (named === undefined) return this.#answerAlone(request, body, rpc);
    const session = this.#sessions.get(named);
    if (session?.belongsTo(credentialOf(request)) !== true)
      return refused(
        rpc.failure('INVALID_REQUEST', `${SESSION_HEADER} names no open event stream of yours`),
        404,
      );
    return this.#run(request, body, session);
  }

  /** A session for this one request. */
  async #answerAlone(request: HttpRequest, body: Uint8Array, rpc: RpcEndpoint): Promise<HttpResponse> {
    const deps = { rpc, isStopping: () => this.#isStopping, notify: () => undefined };
    const session = new ClientSession(peerOf(request, NAME), deps);
    try {
      return await this.#run(request, body, session);
    } finally {
      session.close();
    }
  }

  async #run(request: HttpRequest, body: Uint8Array, session: ClientSession): Promise<HttpResponse> {
    const answers: Uint8Array[] = [];
    const nothing = (): void => undefined;
    const write = (bytes: Uint8Array): void => void answers.push(bytes);
    const wire = {
      write,
      buffered: () => 0,
      pause: nothing,
      resume: nothing,
      end: nothing,
      destroy: nothing,
    };
    const { clock, log } = this.#deps;
    const rpc = session.endpoint();
    const peer = jsonRpcPeer({ rpc, peer: peerOf(request, NAME), wire, clock, log, framing: 'messages' });
    const leave = (): void => peer.gone();
    const signals = [request.signal, session.ended];
    for (const signal of signals) signal.addEventListener('abort', leave, { once: true });
    try {
      peer.receive(body);
      const settled = peer.settled();
      this.#calls.set(peer, settled);
      await settled;
    } finally {
      this.#calls.delete(peer);
      for (const signal of signals) signal.removeEventListener('abort', leave);
      leave();
    }
    const [answer] = answers;
    if (answer !== undefined) return json(200, answer);
    return { status: this.#isStopping ? 503 : 204 };
  }

  async #openStream(request: HttpRequest, rpc: RpcEndpoint): Promise<HttpResponse> {
    if (request.method !== 'GET') return notAllowed('GET');
    if (this.#isStopping) return refused(rpc.failure('INVALID_STATE', 'the service is stopping'));
    const { stream, session, id } = this.#enter(request, rpc);
    const refusal = await subscribed(request, session.endpoint());
    if (refusal !== undefined) {
      stream.end();
      return refusal;
    }
    stream.tell('session', { session: id });
    // The service does not repeat events; the client asks for the state that it may have missed.
    if (request.headers['last-event-id'] !== undefined)
      stream.tell('gap', { reason: 'events are not repeated' });
    return { status: 200, headers: EVENT_STREAM, body: stream.body() };
  }

  /** A client that stays: its session, and its stream, which end together. */
  #enter(request: HttpRequest, rpc: RpcEndpoint): Client {
    const { clock, log } = this.#deps;
    const { heartbeat_ms: heartbeatMs, login_timeout_ms: loginMs } = this.#options;
    const stream = new EventStream({ clock, heartbeatMs, limitBytes: rpc.limits.outboundBytes });
    const peer = peerOf(request, NAME);
    const session = new ClientSession(peer, {
      rpc,
      isStopping: () => this.#isStopping,
      notify: (notification) => stream.notify(notification),
    });
    const id = randomUUID();
    const leave = (): void => stream.end();
    const cancel = clock.after(loginMs, () => session.isAuthenticated || leave());
    stream.onEnd = () => {
      cancel();
      request.signal.removeEventListener('abort', leave);
      if (stream.isTooSlow) log.warn('client reads too slowly', { address: peer.address });
      this.#sessions.delete(id);
      this.#streams.delete(stream);
      session.close();
    };
    request.signal.addEventListener('abort', leave, { once: true });
    this.#sessions.set(id, session);
    this.#streams.add(stream);
    return { stream, session, id };
  }
}

/** @returns the refusal, if the topics of the query cannot be had. */
async function subscribed(
  { query, signal }: HttpRequest,
  rpc: RpcEndpoint,
): Promise<HttpResponse | undefined> {
  const topics = (query.get('topics') ?? '').split(',').filter((topic) => topic !== '');
  if (topics.length === 0) return undefined;
  const session = rpc.open({ transport: NAME, address: '' }, () => undefined);
  const outcome = await session.call({ method: 'subscribe_events', params: { topics } }, signal);
  return outcome.ok ? undefined : refused(outcome.error);
}
