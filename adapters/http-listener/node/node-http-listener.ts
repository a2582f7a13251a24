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
import type { Logger } from '../../../ports/logger.js';
import { PortError } from '../../../ports/port-error.js';
import { errorResponse } from '../../_shared/web-error.js';
import { parseTarget, RouteTable } from '../../_shared/web-routes.js';
import { isTooLarge, toHttpRequest } from './node-request.js';
import { Origins } from './origins.js';
import { settingsOf, type NodeHttpListenerOptions, type Settings } from './options.js';
import { refuseSocket, respond } from './respond.js';

export interface NodeHttpListenerDeps {
  readonly log: Logger;
}

const NAME = 'node';
/** How much a response may hold for a slow reader before its source is paused. */
const WRITE_AHEAD_BYTES = 262_144;
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
  readonly #routes = new RouteTable();
  readonly #origins: Origins;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #answering = 0;
  #isStopping = false;
  #onQuiet: (() => void) | undefined;

  constructor(settings: Settings, log: Logger) {
    this.#settings = settings;
    this.#log = log;
    this.#origins = new Origins(settings.allowedOrigins);
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
      throw this.#bindError(error);
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
    for (const socket of this.#sockets) socket.destroy();
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
    });
    server.maxHeadersCount = 100;
    server.maxConnections = settings.maxConnections;
    server.setTimeout(settings.stallTimeoutMs);
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    server.on('request', (request, response) => void this.#answer(request, response));
    server.on('upgrade', (request, socket, head) => this.#takeOver(request, socket, head));
    server.on('clientError', (error: NodeJS.ErrnoException, socket) => refuseBytes(error, socket));
    return server;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#answering += 1;
    response.once('close', () => this.#answered());
    response.on('error', () => undefined);
    const extra = this.#origins.responseHeaders(request.headers);
    try {
      const answer = await this.#find(request, response);
      // Read here: a handler that ends after stop() has begun must not keep its connection alive.
      const closing = this.#isStopping || answer.status === 413 ? { connection: 'close' } : {};
      await respond(response, answer, { ...extra, ...closing });
    } catch (error) {
      this.#failed(error, response, extra);
    }
  }

  async #find(request: IncomingMessage, response: ServerResponse): Promise<HttpResponse> {
    const method = request.method ?? 'GET';
    if (!METHODS.has(method))
      return errorResponse(405, { code: 'METHOD_NOT_ALLOWED', message: `no ${method} here` });
    const target = parseTarget(request.url ?? '/');
    if (target === undefined) return errorResponse(400, BAD_TARGET);
    if (method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined) {
      return { status: 204, headers: this.#origins.preflightHeaders(request.headers) };
    }
    try {
      return await this.#routes.answer(toHttpRequest(request, response, target));
    } catch (error) {
      if (isTooLarge(error))
        return errorResponse(413, { code: 'TOO_LARGE', message: 'the body is too long' });
      throw error;
    }
  }

  #failed(error: unknown, response: ServerResponse, extra: Readonly<Record<string, string>>): void {
    if (response.destroyed) return;
    this.#log.error('an http answer failed', { error, method: response.req.method });
    if (response.headersSent) {
      response.destroy();
      return;
    }
    response.strictContentLength = false;
    const answer = errorResponse(500, { code: 'INTERNAL', message: 'internal error' });
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

  #takeOver(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const target = parseTarget(request.url ?? '/');
    const handler = target === undefined ? undefined : this.#routes.upgradeHandler(target.path);
    if (target === undefined) return refuseSocket(socket, errorResponse(400, BAD_TARGET));
    if (handler === undefined) {
      return refuseSocket(
        socket,
        errorResponse(404, { code: 'NOT_FOUND', message: 'no upgrades at this address' }),
      );
    }
    if (!this.#origins.allows(request.headers)) {
      const message = 'pages of this origin may not connect; see server.allowed_origins';
      return refuseSocket(socket, errorResponse(403, { code: 'ORIGIN_REFUSED', message }));
    }
    try {
      handler(request, socket, head);
    } catch (error) {
      this.#log.error('an upgrade failed', { error, path: target.path });
      socket.destroy();
    }
  }

  #bindError(cause: unknown): PortError {
    const { host, port, key } = this.#settings;
    const inUse = (cause as NodeJS.ErrnoException).code === 'EADDRINUSE';
    const why = inUse ? 'is in use' : 'cannot be listened on';
    return new PortError(inUse ? 'ADDRESS_IN_USE' : 'ADDRESS_UNAVAILABLE', {
      message: `${host}:${String(port)} ${why}; choose another one with ${key}`,
      cause,
      retryable: inUse,
      detail: { host, port, key },
    });
  }
}

const BAD_TARGET = { code: 'INVALID_REQUEST', message: 'the request target is malformed' };

function refuseBytes(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const status =
    error.code === 'HPE_HEADER_OVERFLOW' ? 431 : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
  refuseSocket(
    socket,
    errorResponse(status, { code: 'INVALID_REQUEST', message: 'this is not a valid HTTP request' }),
  );
}
