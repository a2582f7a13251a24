/** The listener without a network: requests are handed in as values, for tests and embedding. */
import type {
  HttpClient,
  HttpHandler,
  HttpListener,
  HttpRequest,
  HttpResponse,
  UpgradeHandler,
} from '../../../ports/http-listener.js';
import { PortError } from '../../../ports/port-error.js';
import { clientFacts, httpClient, trustOf, type Forwarding } from '../../_shared/forwarded.js';
import { errorResponse, invalidRequest } from '../../_shared/web-error.js';
import { parseTarget, RouteTable, type Target } from '../../_shared/web-routes.js';
import { isHandshake } from '../../_shared/web-head.js';
import { Answer } from './answer.js';
import { readHead, type Head, type MemoryHeaders } from './head.js';

export interface MemoryHttpListenerOptions {
  readonly host?: string;
  /** 0 takes any free port. */
  readonly port?: number;
  readonly key?: string;
  /** Ports taken by other listeners; give the same set to listeners that share a machine. */
  readonly taken?: Set<number>;
  /** Addresses and networks of proxies whose forwarding headers are believed. */
  readonly trustedProxies?: readonly string[];
  /** Which of those headers. */
  readonly forwardedHeaders?: NonNullable<Forwarding['believes']>;
}

export interface MemoryRequest {
  readonly method?: string;
  /** As on the request line: encoded path and query. */
  readonly target: string;
  readonly headers?: MemoryHeaders;
  readonly body?: Uint8Array;
  /** Where it comes from; this machine when nothing else is said. */
  readonly remoteAddress?: string;
  /** Aborts when the client goes away. */
  readonly signal?: AbortSignal;
}

export interface MemoryHandshake {
  readonly request: object;
  readonly socket: object;
  /** Without it: a WebSocket handshake from this machine. */
  readonly asked?: Partial<MemoryRequest>;
}

export interface MemoryResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Chunks as the client takes them; ends with an error when the answer was cut. */
  readonly chunks: AsyncIterable<Uint8Array>;
}

export interface MemoryHttpListener extends HttpListener {
  /** @throws Error when nothing listens, or when the listener cut the connection before it answered. */
  request(request: MemoryRequest): Promise<MemoryResponse>;
  /** @returns whether a handler took the connection over; if not, it is to be sent with `request`. */
  requestUpgrade(target: string, handshake: MemoryHandshake): boolean;
}

const NAME = 'memory';
const DEFAULT_PORT = 80;
const FIRST_FREE_PORT = 49_152;
const HERE = '127.0.0.1';

export function createMemoryHttpListener(options: MemoryHttpListenerOptions = {}): MemoryHttpListener {
  return new InProcessListener(options);
}

class InProcessListener implements MemoryHttpListener {
  readonly name = NAME;
  readonly #host: string;
  readonly #wantedPort: number;
  readonly #key: string;
  readonly #taken: Set<number>;
  readonly #forwarding: Forwarding;
  readonly #routes = new RouteTable();
  readonly #answers = new Set<Answer>();
  #port: number | undefined;
  #isStopping = false;

  constructor(options: MemoryHttpListenerOptions) {
    this.#host = options.host ?? 'memory';
    this.#wantedPort = options.port ?? DEFAULT_PORT;
    this.#key = options.key ?? 'server.port';
    this.#taken = options.taken ?? new Set();
    const { trustedProxies = [], forwardedHeaders = 'either' } = options;
    this.#forwarding = { trusts: trustOf(trustedProxies), believes: forwardedHeaders };
  }

  route(prefix: string, handler: HttpHandler): () => void {
    return this.#routes.route(prefix, handler);
  }

  upgrade(path: string, handler: UpgradeHandler): () => void {
    return this.#routes.upgrade(path, handler);
  }

  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#port !== undefined) return;
    let port = this.#wantedPort === 0 ? FIRST_FREE_PORT : this.#wantedPort;
    while (this.#wantedPort === 0 && this.#taken.has(port)) port += 1;
    if (this.#taken.has(port)) {
      const detail = { host: this.#host, port, key: this.#key };
      const message = `${this.#host}:${String(port)} is in use; set a different one with ${this.#key}`;
      throw new PortError('ADDRESS_IN_USE', { message, retryable: true, detail });
    }
    this.#taken.add(port);
    this.#port = port;
    this.#isStopping = false;
  }

  async stop(signal: AbortSignal): Promise<void> {
    if (this.#port === undefined) return;
    this.#isStopping = true;
    const aborted = new Promise((resolve) => {
      if (signal.aborted) resolve(undefined);
      signal.addEventListener('abort', resolve, { once: true });
    });
    await Promise.race([Promise.all([...this.#answers].map((answer) => answer.done)), aborted]);
    for (const answer of this.#answers) answer.cut();
    if (this.#port !== undefined) this.#taken.delete(this.#port);
    this.#port = undefined;
  }

  address(): { readonly host: string; readonly port: number } | undefined {
    return this.#port === undefined ? undefined : { host: this.#host, port: this.#port };
  }

  async request(request: MemoryRequest): Promise<MemoryResponse> {
    if (this.#port === undefined || this.#isStopping) throw new Error('nothing listens');
    const target = parseTarget(request.target);
    const answer = new Answer(request.signal);
    this.#answers.add(answer);
    void answer.done.then(() => this.#answers.delete(answer));
    const response = await answer.orCut(this.#find(request, target, answer.gone));
    const isHead = request.method === 'HEAD';
    const { body } = response;
    const isWhole = body === undefined || typeof body === 'string' || body instanceof Uint8Array;
    const bytes = isWhole ? toBytes(body) : undefined;
    const counted = bytes === undefined ? {} : { 'content-length': String(bytes.length) };
    const source = isHead || body === undefined ? none() : bytes === undefined ? body : once(bytes);
    if (isHead || isWhole) answer.finish();
    return {
      status: response.status,
      headers: { ...counted, ...response.headers },
      chunks:
        isWhole || isHead
          ? (source as AsyncIterable<Uint8Array>)
          : answer.carry(source as AsyncIterable<Uint8Array>),
    };
  }

  requestUpgrade(target: string, { request, socket, asked = {} }: MemoryHandshake): boolean {
    const path = parseTarget(target)?.path;
    if (path === undefined || this.#port === undefined || this.#isStopping) return false;
    const { method = 'GET', headers = { upgrade: 'websocket' } } = asked;
    const head = this.#headOf({ target, headers });
    const isAsked = head.fault === undefined && isHandshake({ method, headers: head.headers });
    const handler = isAsked ? this.#routes.upgradeHandler(path) : undefined;
    handler?.({ request, socket, head: new Uint8Array(), client: this.#clientOf(head, asked) });
    return handler !== undefined;
  }

  async #find(
    request: MemoryRequest,
    target: Target | undefined,
    signal: AbortSignal,
  ): Promise<HttpResponse> {
    const head = this.#headOf(request);
    if (head.fault !== undefined) return invalidRequest(head.fault);
    if (target === undefined) return invalidRequest('the request target is malformed');
    try {
      const { headers } = head;
      const client = this.#clientOf(head, request);
      return await this.#routes.answer(toHttpRequest(request, { target, headers, client }, signal));
    } catch (error) {
      if (error instanceof BodyTooLong) return errorResponse({ code: 'TOO_LARGE', message: error.message });
      return errorResponse({ code: 'INTERNAL', message: 'internal error' });
    }
  }

  #headOf({ target, headers = {} }: Pick<MemoryRequest, 'target' | 'headers'>): Head {
    return readHead(headers, target, `${this.#host}:${String(this.#port)}`);
  }

  #clientOf({ named }: Head, { remoteAddress = HERE }: Partial<MemoryRequest>): HttpClient {
    return httpClient(clientFacts(remoteAddress, named, this.#forwarding));
  }
}

class BodyTooLong extends RangeError {}

function toHttpRequest(
  request: MemoryRequest,
  { target, headers, client }: { target: Target; headers: Head['headers']; client: HttpClient },
  signal: AbortSignal,
): HttpRequest {
  const body = request.body ?? new Uint8Array();
  return {
    method: request.method ?? 'GET',
    path: target.path,
    query: target.query,
    headers,
    client,
    signal,
    body: (limitBytes) =>
      body.length > limitBytes
        ? Promise.reject(new BodyTooLong(`the body is longer than ${String(limitBytes)} bytes`))
        : Promise.resolve(body),
  };
}

function toBytes(body: string | Uint8Array | undefined): Uint8Array {
  if (body === undefined) return new Uint8Array();
  return typeof body === 'string' ? new TextEncoder().encode(body) : body;
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}

async function* none(): AsyncGenerator<Uint8Array> {}
