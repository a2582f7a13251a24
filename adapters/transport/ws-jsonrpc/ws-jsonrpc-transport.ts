/** JSON-RPC 2.0 over WebSocket: the primary transport. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { CancelTimer, Clock } from '../../../ports/clock.js';
import type { HttpClient, HttpListener, HttpUpgrade } from '../../../ports/http-listener.js';
import type { Logger } from '../../../ports/logger.js';
import { withDefaults, type CamelCased, type OptionValue } from '../../../ports/options.js';
import type { Peer, ServiceEndpoint, Transport } from '../../../ports/transport.js';
import { RareWarning } from '../../_shared/rare-warning.js';
import { refuseSocket } from '../../_shared/refuse-socket.js';
import { StrangerPlaces } from '../../_shared/stranger-places.js';
import { errorResponse } from '../../_shared/web-error.js';
import { credentialOf, urlOf } from '../../_shared/web-request.js';
import { Connection, type ConnectionDeps } from './connection.js';
import { WS_JSONRPC_OPTIONS } from './options.js';
import { Outbox } from './outbox.js';
import { createRpcServer } from '../../_shared/json-rpc/rpc-server.js';

export type WsJsonRpcOptions = Partial<CamelCased<OptionValue<typeof WS_JSONRPC_OPTIONS>>>;

export interface WsJsonRpcDeps {
  readonly listener: HttpListener;
  readonly log: Logger;
  readonly clock: Clock;
}

const NAME = 'ws-jsonrpc';
const CLOSE_GOING_AWAY = 1001;
const CLOSE_POLICY = 1008;
/** How long clients get to answer our goodbye. */
const GOODBYE_MS = 1000;
const RETRY_AFTER_SECONDS = 5;
const CROWD_REMEDY =
  'if this is the address of a proxy, list it in server.trusted_proxies and configure it to forward the addresses of its clients; otherwise see ws_jsonrpc.max_anonymous_per_address';

export function createWsJsonRpcTransport(options: WsJsonRpcOptions, deps: WsJsonRpcDeps): Transport {
  return new WsJsonRpcTransport(withDefaults(WS_JSONRPC_OPTIONS, options), deps);
}

class WsJsonRpcTransport implements Transport {
  readonly name = NAME;
  readonly supports = {
    calls: true,
    events: true,
    files: false,
    health: false,
    jsonRpc: true,
    batches: true,
  };
  readonly #options: Required<WsJsonRpcOptions>;
  readonly #deps: WsJsonRpcDeps;
  readonly #connections = new Set<Connection>();
  /** Those on which nobody has logged in, each with the timer that ends it. */
  readonly #strangers: StrangerPlaces<Connection>;
  readonly #loginTimers = new Map<Connection, CancelTimer>();
  #removeUpgrade: (() => void) | undefined;
  #cancelBeat: CancelTimer | undefined;
  #isStopping = false;
  readonly #watchers = new Set<() => void>();

  constructor(options: Required<WsJsonRpcOptions>, deps: WsJsonRpcDeps) {
    this.#options = options;
    this.#deps = deps;
    const places = { total: options.maxAnonymous, perAddress: options.maxAnonymousPerAddress };
    const crowd = new RareWarning(
      deps.log,
      'connections without a login were closed to make room for others',
    );
    this.#strangers = new StrangerPlaces(places, (one) => {
      crowd.tell({ address: one.address, remedy: CROWD_REMEDY });
      this.#dismiss(
        one,
        'the connection is needed for others; log in immediately, or present a credential while connecting',
      );
    });
  }

  async start(service: ServiceEndpoint, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#removeUpgrade !== undefined) return;
    const { log } = this.#deps;
    this.#isStopping = false;
    const sockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: service.rpc.limits.messageBytes,
    });
    const deps: ConnectionDeps = {
      rpc: service.rpc,
      server: createRpcServer(service.rpc, (error) => log.error('a session threw', { error })),
      log,
      outbox: new Outbox(),
      isStopping: () => this.#isStopping,
      onQuiet: () => {
        if (this.#isStopping) this.#changed();
      },
      onKnown: (connection) => this.#isKnown(connection),
      onJudged: (connection, isJudged) => this.#strangers.judged(connection, isJudged),
    };
    this.#removeUpgrade = this.#deps.listener.upgrade(this.#options.path, (upgrade) => {
      this.#accept(sockets, upgrade, deps);
    });
    this.#scheduleBeat();
  }

  async stop(signal: AbortSignal): Promise<void> {
    this.#isStopping = true;
    this.#cancelBeat?.();
    const isBusy = (): boolean => [...this.#connections].some((connection) => connection.isBusy);
    await this.#until(() => !isBusy(), signal);
    for (const connection of this.#connections) connection.close(CLOSE_GOING_AWAY, 'the service is stopping');
    let isPatient = true;
    const cancel = this.#deps.clock.after(GOODBYE_MS, () => {
      isPatient = false;
      this.#changed();
    });
    await this.#until(() => this.#connections.size === 0 || !isPatient, signal);
    cancel();
    for (const connection of this.#connections) connection.terminate();
    await this.#until(() => this.#connections.size === 0);
    this.#removeUpgrade?.();
    this.#removeUpgrade = undefined;
  }

  addresses(): readonly string[] {
    const address = this.#deps.listener.address();
    if (address === undefined || this.#removeUpgrade === undefined) return [];
    return [urlOf('ws', address, this.#options.path)];
  }

  #accept(sockets: WebSocketServer, upgrade: HttpUpgrade, deps: ConnectionDeps): void {
    const [request, socket] = [upgrade.request as IncomingMessage, upgrade.socket as Duplex];
    const isFull = this.#connections.size >= this.#options.maxSockets && !this.#strangers.dismissOldest();
    if (this.#isStopping || isFull) {
      const message = this.#isStopping ? 'the service is stopping' : 'too many connections';
      const headers = { 'retry-after': String(RETRY_AFTER_SECONDS) };
      refuseSocket(socket, errorResponse({ code: 'UNAVAILABLE', message }, headers));
      return;
    }
    // It may have been offered among others, which the library does not expect.
    request.headers.upgrade = 'websocket';
    sockets.handleUpgrade(request, socket, upgrade.head as Buffer, (webSocket) => {
      const connection = new Connection(webSocket, peerOf(request, upgrade.client), deps);
      this.#connections.add(connection);
      webSocket.once('close', () => {
        this.#forget(connection);
        this.#changed();
      });
      this.#enter(connection);
      connection.open();
    });
  }

  /** A newcomer has a place among those who are not known, until it has logged in. */
  #enter(connection: Connection): void {
    this.#strangers.enter(connection, connection.address, connection.showsCredential);
    const timer = this.#deps.clock.after(this.#options.loginTimeoutMs, () => {
      this.#strangers.leave(connection);
      this.#dismiss(connection, 'no login within the time limit');
    });
    this.#loginTimers.set(connection, timer);
  }

  #isKnown(connection: Connection): void {
    this.#strangers.leave(connection);
    this.#loginTimers.get(connection)?.();
    this.#loginTimers.delete(connection);
  }

  #forget(connection: Connection): void {
    this.#isKnown(connection);
    this.#connections.delete(connection);
  }

  /** Its place is free at once: a client that does not answer our goodbye must not keep it. */
  #dismiss(connection: Connection, reason: string): void {
    this.#forget(connection);
    connection.close(CLOSE_POLICY, reason);
    this.#deps.clock.after(GOODBYE_MS, () => connection.terminate());
  }

  #scheduleBeat(): void {
    this.#cancelBeat = this.#deps.clock.after(this.#options.heartbeatMs, () => {
      for (const connection of this.#connections) connection.beat();
      this.#scheduleBeat();
    });
  }

  #changed(): void {
    for (const look of this.#watchers) look();
  }

  /** Waits until `isTrue`, looked at after every change, or until `signal` aborts. */
  #until(isTrue: () => boolean, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!isTrue() && signal?.aborted !== true) return;
        this.#watchers.delete(look);
        signal?.removeEventListener('abort', look);
        resolve();
      };
      this.#watchers.add(look);
      signal?.addEventListener('abort', look);
      look();
    });
  }
}

function peerOf(request: IncomingMessage, client: HttpClient): Peer {
  const credential = credentialOf(request.headers);
  return { transport: NAME, ...client, ...(credential === undefined ? {} : { credential }) };
}
