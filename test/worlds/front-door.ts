/** A listener with a WebSocket transport behind it, and those who come to its door. */
import { connect, type Socket } from 'node:net';
import { createNodeHttpListener } from '../../adapters/http-listener/node/node-http-listener.js';
import type { NodeHttpListenerOptions } from '../../adapters/http-listener/node/options.js';
import { createMemoryLogger } from '../../adapters/logger/memory/memory-logger.js';
import {
  createWsJsonRpcTransport,
  type WsJsonRpcOptions,
} from '../../adapters/transport/ws-jsonrpc/ws-jsonrpc-transport.js';
import type { HttpClient, HttpListener, RpcCall, RpcOutcome, Transport } from '../../ports/index.js';
import { ScriptedService } from '../contract/transport.service.js';
import { realClock, wsUrl } from './transport-worlds.js';
import { connectWs, type WsClient } from './ws-client.js';

const never = (): AbortSignal => new AbortController().signal;

/** Headers of a WebSocket handshake besides the upgrade. */
export const HANDSHAKE = ['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=='];

/** `authenticate` takes a moment, and `who` says whether it has taken effect. The credential `slow` is judged when `letIn` is called. */
export class LoginService extends ScriptedService {
  /** Ends a login that was asked to be held. */
  letIn: () => void = () => undefined;

  constructor() {
    super();
    const { open } = this.rpc;
    Object.assign(this.rpc, {
      open: (...args: Parameters<typeof open>) => {
        const isSlow = args[0].credential === 'slow';
        let isKnown = args[0].credential !== undefined && !isSlow;
        const judged = new Promise<void>((resolve) => {
          const judge = (): void => {
            isKnown ||= isSlow;
            resolve();
          };
          if (isSlow) this.letIn = judge;
          else judge();
        });
        const session = open(...args);
        const call = async (request: RpcCall, signal: AbortSignal): Promise<RpcOutcome> => {
          if (request.method === 'who') return { ok: true, result: isKnown };
          if (request.method !== 'authenticate') return await session.call(request, signal);
          const isHeld = (request.params as { hold?: boolean } | undefined)?.hold === true;
          await new Promise<void>((resolve) => {
            if (isHeld) this.letIn = resolve;
            else setTimeout(resolve, 20);
          });
          isKnown = true;
          return { ok: true, result: true };
        };
        return {
          ...session,
          call,
          judged: () => judged,
          get isAuthenticated() {
            return isKnown;
          },
        };
      },
    });
  }
}

export class FrontDoor {
  readonly log = createMemoryLogger();
  readonly service = new LoginService();
  /** Of the last request to `/who`. */
  seen: HttpClient | undefined;
  readonly listener: HttpListener;
  readonly #transport: Transport;
  readonly #sockets: Socket[] = [];
  readonly #clients: WsClient[] = [];

  constructor(http: Partial<NodeHttpListenerOptions> = {}, ws: WsJsonRpcOptions = {}) {
    const { log } = this;
    this.listener = createNodeHttpListener({ host: '127.0.0.1', port: 0, ...http }, { log });
    this.#transport = createWsJsonRpcTransport(ws, { listener: this.listener, log, clock: realClock });
  }

  async begin(): Promise<this> {
    await this.listener.start(never());
    this.listener.route('/who', async (request) => {
      this.seen = request.client;
      return { status: 200, body: Buffer.from(await request.body(1_000)) };
    });
    await this.#transport.start(this.service, never());
    return this;
  }

  async end(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    for (const client of this.#clients) client.socket.terminate();
    await this.#transport.stop(AbortSignal.abort());
    await this.listener.stop(AbortSignal.abort());
  }

  /** A bare connection. */
  async open(): Promise<Socket> {
    const socket = connect(this.listener.address()?.port ?? 0, '127.0.0.1');
    this.#sockets.push(socket);
    socket.on('error', () => undefined);
    await new Promise((resolve) => socket.once('connect', resolve));
    return socket;
  }

  /** Sends these lines and gives back what is answered first. */
  async answer(...lines: readonly string[]): Promise<string> {
    const socket = await this.open();
    const heard = new Promise<string>((resolve) => socket.once('data', (data) => resolve(data.toString())));
    socket.write(lines.join('\r\n'));
    return await heard;
  }

  async status(...lines: readonly string[]): Promise<number> {
    return Number((await this.answer(...lines)).split(' ')[1]);
  }

  /** A WebSocket. */
  async login(headers: Record<string, string> = {}): Promise<WsClient> {
    const client = await connectWs(wsUrl(this.listener), { headers });
    this.#clients.push(client);
    return client;
  }
}
