/** HTTP/1.1 on a TCP address with Node's own server. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type {
  HttpHandler,
  HttpListener,
  HttpResponse,
  UpgradeHandler,
} from '../../../ports/http-listener.js';
import { HTTP_STATUS } from '../../../ports/http-status.js';
import type { Logger } from '../../../ports/logger.js';
import { clientFacts, httpClient, plainAddress, trustOf, type Forwarding } from '../../_shared/forwarded.js';
import type { ClientFacts } from '../../_shared/forwarded.js';
import { RareWarning } from '../../_shared/rare-warning.js';
import { refuseSocket } from '../../_shared/refuse-socket.js';
import { errorResponse, invalidRequest, methodNotAllowed } from '../../_shared/web-error.js';
import { hostFault, isHandshake } from '../../_shared/web-head.js';
import { parseTarget, RouteTable, targetAuthority } from '../../_shared/web-routes.js';
import { bindError } from './bind-error.js';
import { Connections } from './connections.js';
import { hostsOf, isTooLarge, toHttpRequest } from './node-request.js';
import { Origins } from './origins.js';
import { settingsOf, type NodeHttpListenerOptions, type Settings } from './options.js';
import { refuseBytes, respond } from './respond.js';
import { Unsent } from './unsent.js';
import { asksForUpgrade, messageClass } from './upgrades.js';

export interface NodeHttpListenerDeps {
  readonly log: Logger;
}

const NAME = 'node';
/** How much a response may hold for a slow reader before its source is paused. */
const WRITE_AHEAD_BYTES = 262_144;
const BAD_TARGET = 'the request target is malformed';
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** @throws PortError `OPTION_INVALID`. */
export function createNodeHttpListener(
  options: NodeHttpListenerOptions,
  deps: NodeHttpListenerDeps,
): HttpListener {
  return new NodeHttpListener(settingsOf(options), deps.log);
}

class NodeHttpListener implements HttpListener {
  readonly name = NAME;
  readonly #settings: Settings;
  readonly #log: Logger;
  readonly #routes: RouteTable;
  readonly #origins: Origins;
  readonly #forwarding: Forwarding;
  readonly #connections: Connections;
  readonly #unsent = new Unsent();
  #server: Server | undefined;
  #answering = 0;
  #isStopping = false;
  #onQuiet: (() => void) | undefined;

  constructor(settings: Settings, log: Logger) {
    const { allowedOrigins, publicUrl, trustedProxies, maxConnections, maxWaitingPerAddress } = settings;
    this.#settings = settings;
    this.#log = log;
    this.#routes = new RouteTable(publicUrl === '' ? '' : new URL(publicUrl).pathname);
    this.#origins = new Origins(allowedOrigins, publicUrl === '' ? undefined : publicUrl);
    const trusts = trustOf(trustedProxies);
    const mismatch = new RareWarning(log, 'a proxy passes on forwarding headers that contradict its own');
    const remedy =
      'set server.forwarded_headers to the kind that the proxy writes, or configure the proxy to remove the other kind';
    const onMismatch = (address: string): void => mismatch.tell({ address, remedy });
    this.#forwarding = { trusts, believes: settings.forwardedHeaders, onMismatch };
    const limits = { most: maxConnections, waitingPerAddress: maxWaitingPerAddress, isProxy: trusts };
    const crowd = new RareWarning(log, 'connections without requests were closed to make room for others');
    this.#connections = new Connections(limits, (address) => crowd.tell({ address, key: settings.key }));
  }

  route(prefix: string, handler: HttpHandler): () => void {
    return this.#routes.route(prefix, handler);
  }

  upgrade(path: string, handler: UpgradeHandler): () => void {
    return this.#routes.upgrade(path, handler);
  }

  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#server !== undefined) return;
    const server = this.#createServer();
    server.listen({ host: this.#settings.host, port: this.#settings.port });
    try {
      await once(server, 'listening', { signal });
    } catch (error) {
      server.close();
      signal.throwIfAborted();
      throw bindError(this.#settings, error);
    }
    server.on('error', (error) => this.#log.error('http listener failed', { error }));
    this.#isStopping = false;
    this.#server = server;
  }

  async stop(signal: AbortSignal): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#isStopping = true;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeIdleConnections();
    if (this.#answering > 0) await this.#quietOr(signal);
    this.#connections.destroyAll();
    await closed;
    if (this.#server === server) this.#server = undefined;
  }

  address(): { readonly host: string; readonly port: number } | undefined {
    const address = this.#server?.address() as AddressInfo | null | undefined;
    return address ? { host: address.address, port: address.port } : undefined;
  }

  #createServer(): Server {
    const settings = this.#settings;
    const server = createServer({
      headersTimeout: settings.headersTimeoutMs,
      requestTimeout: Math.max(settings.requestTimeoutMs, settings.headersTimeoutMs),
      keepAliveTimeout: settings.keepAliveTimeoutMs,
      connectionsCheckingInterval: 5000,
      maxHeaderSize: settings.maxHeaderBytes,
      highWaterMark: WRITE_AHEAD_BYTES,
      noDelay: true,
      // Looked at in one place, for handshakes too.
      requireHostHeader: false,
      IncomingMessage: messageClass((message) => this.#handshakeHandler(message) !== undefined),
    });
    server.maxHeadersCount = 100;
    server.setTimeout(settings.stallTimeoutMs);
    server.on('connection', (socket) => {
      this.#unsent.watch(socket);
      this.#connections.add(socket);
    });
    server.on('request', (request, response) => void this.#answer(request, response));
    server.on('upgrade', (request, socket, head) => this.#takeOver(request, socket, head));
    server.on('clientError', (error: NodeJS.ErrnoException, socket) => refuseBytes(error, socket));
    return server;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#answering += 1;
    this.#connections.asks(request.socket);
    response.once('close', () => this.#answered());
    this.#unsent.add(response, request.socket);
    response.on('error', () => undefined);
    const extra = this.#origins.responseHeaders(request.headers.origin);
    try {
      const answer = await this.#find(request, response);
      // Read here: a handler that ends after stop() has begun must not keep its connection alive.
      const mustEnd =
        this.#isStopping ||
        answer.status === HTTP_STATUS.TOO_LARGE ||
        asksForUpgrade(request) ||
        !response.shouldKeepAlive;
      await respond(response, answer, mustEnd ? { ...extra, connection: 'close' } : extra);
    } catch (error) {
      this.#failed(error, response, extra);
    } finally {
      this.#connections.answered(request.socket);
    }
  }

  async #find(request: IncomingMessage, response: ServerResponse): Promise<HttpResponse> {
    const fault = hostFault(hostsOf(request), request.httpVersion);
    if (fault !== undefined) return invalidRequest(fault, { connection: 'close' });
    const method = request.method ?? 'GET';
    if (!METHODS.has(method)) return methodNotAllowed([...METHODS]);
    const target = parseTarget(request.url ?? '/');
    if (target === undefined) return invalidRequest(BAD_TARGET);
    if (method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined) {
      return { status: 204, headers: this.#origins.preflightHeaders(request.headers.origin) };
    }
    try {
      const client = httpClient(this.#factsOf(request), this.#settings.publicUrl);
      return await this.#routes.answer(toHttpRequest(request, response, { target, client }));
    } catch (error) {
      if (isTooLarge(error)) return errorResponse({ code: 'TOO_LARGE', message: 'the body is too long' });
      throw error;
    }
  }

  #factsOf({ socket, headers, url = '/' }: IncomingMessage): ClientFacts {
    const host = targetAuthority(url) ?? headers.host;
    return clientFacts(plainAddress(socket.remoteAddress), { ...headers, host }, this.#forwarding);
  }

  #failed(error: unknown, response: ServerResponse, extra: Readonly<Record<string, string>>): void {
    if (response.destroyed) return;
    this.#log.error('an http answer failed', { error, method: response.req.method });
    if (response.headersSent) {
      response.destroy();
      return;
    }
    response.strictContentLength = false;
    const answer = errorResponse({ code: 'INTERNAL', message: 'internal error' });
    respond(response, answer, extra).catch(() => response.destroy());
  }

  #answered(): void {
    this.#answering -= 1;
    if (!this.#isStopping) return;
    this.#server?.closeIdleConnections();
    if (this.#answering === 0) this.#onQuiet?.();
  }

  #quietOr(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#onQuiet = resolve;
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  /** Whose handshake this is; undefined for a request that is answered like any other. */
  #handshakeHandler(request: IncomingMessage): UpgradeHandler | undefined {
    const { method = '', headers, httpVersion } = request;
    if (!isHandshake({ method, headers, httpVersion })) return undefined;
    if (hostFault(hostsOf(request)) !== undefined) return undefined;
    const target = parseTarget(request.url ?? '/');
    return target === undefined ? undefined : this.#routes.upgradeHandler(target.path);
  }

  #takeOver(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    this.#connections.taken(socket as Socket);
    const facts = this.#factsOf(request);
    if (!this.#origins.allows(request.headers.origin, facts)) {
      const message = 'pages of this origin are not allowed to connect; see server.allowed_origins';
      return refuseSocket(socket, errorResponse({ code: 'ORIGIN_REFUSED', message }));
    }
    try {
      const client = httpClient(facts, this.#settings.publicUrl);
      this.#handshakeHandler(request)?.({ request, socket, head, client });
    } catch (error) {
      this.#log.error('an upgrade failed', { error, path: request.url });
      socket.destroy();
    }
  }
}
