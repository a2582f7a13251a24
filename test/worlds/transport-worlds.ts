/** The transports of this repository with a client for each, for contract and integration tests. */
import { request as httpRequest } from 'node:http';
import { createNodeHttpListener } from '../../adapters/http-listener/node/node-http-listener.js';
import { createHttpFilesTransport } from '../../adapters/transport/http-files/http-files-transport.js';
import { createHttpHealthTransport } from '../../adapters/transport/http-health/http-health-transport.js';
import {
  createWsJsonRpcTransport,
  type WsJsonRpcOptions,
} from '../../adapters/transport/ws-jsonrpc/ws-jsonrpc-transport.js';
import type { Clock, HttpListener, Transport } from '../../ports/index.js';
import type {
  RawTestClient,
  TestClient,
  TestHttpAnswer,
  TestHttpRequest,
  TransportSetting,
} from '../contract/transport.world.js';
import { quietLog, unsupported } from './memory-transport-worlds.js';
import { connectWs } from './ws-client.js';

export { memoryFilesSetting, memorySetting, quietLog } from './memory-transport-worlds.js';

/** Real time; its timers do not keep the process alive. */
export const realClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: () => Promise.reject(new Error('not needed here')),
  after: (durationMs, callback) => {
    const timer = setTimeout(callback, durationMs).unref();
    return () => clearTimeout(timer);
  },
};

const never = (): AbortSignal => new AbortController().signal;

export async function startedListener(allowedOrigins: readonly string[] = []): Promise<HttpListener> {
  const listener = createNodeHttpListener({ host: '127.0.0.1', port: 0, allowedOrigins }, { log: quietLog });
  await listener.start(never());
  return listener;
}

export async function wsSetting(options: WsJsonRpcOptions = {}): Promise<TransportSetting> {
  const listener = await startedListener();
  const transport = createWsJsonRpcTransport(options, { listener, log: quietLog, clock: realClock });
  return {
    ...overTcp(transport, listener),
    connect: (credential) => connectTestClient(listener, credential),
    connectRaw: () => connectRawClient(listener),
  };
}

export async function filesSetting(): Promise<TransportSetting> {
  const listener = await startedListener();
  return overTcp(createHttpFilesTransport({ listener, log: quietLog }), listener);
}

export async function healthSetting(): Promise<TransportSetting> {
  const listener = await startedListener();
  return overTcp(createHttpHealthTransport({ listener, log: quietLog }), listener);
}

/** One HTTP request on a connection of its own. */
export function requestOverTcp(listener: HttpListener, wanted: TestHttpRequest): Promise<TestHttpAnswer> {
  const { host, port } = listener.address() ?? { host: '', port: 0 };
  const { path, method = 'GET', headers = {} } = wanted;
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host, port, path, method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers as Record<string, string | undefined>,
          body: Buffer.concat(chunks),
        }),
      );
    });
    request.on('error', reject);
    request.end();
  });
}

function overTcp(transport: Transport, listener: HttpListener): TransportSetting {
  return {
    transport,
    connect: unsupported,
    request: (request) => requestOverTcp(listener, request),
    dispose: () => listener.stop(AbortSignal.abort()),
  };
}

async function connectTestClient(listener: HttpListener, credential?: string): Promise<TestClient> {
  const headers: Record<string, string> = credential === undefined ? {} : { 'x-api-key': credential };
  const client = await connectWs(wsUrl(listener), { headers, callWithinMs: 5000 });
  return {
    call: (method, params) => client.answer(method, params),
    onNotification: (listen) =>
      client.socket.on('message', (data) => {
        const message = JSON.parse((data as Buffer).toString()) as { method?: string; params: unknown };
        if (message.method !== undefined) listen({ method: message.method, params: message.params });
      }),
    closed: client.closed,
    close: () => client.socket.close(1000),
  };
}

async function connectRawClient(listener: HttpListener): Promise<RawTestClient> {
  const { socket, closed } = await connectWs(wsUrl(listener));
  return {
    send: (message) => socket.send(message),
    onMessage: (listen) => socket.on('message', (data) => listen((data as Buffer).toString())),
    closed,
    close: () => socket.close(1000),
  };
}

export function wsUrl(listener: HttpListener, path = '/ws'): string {
  return `ws://127.0.0.1:${String(listener.address()?.port)}${path}`;
}
