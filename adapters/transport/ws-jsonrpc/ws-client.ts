/** A small client of the service's own WebSocket interface, for the command line. */
import { WebSocket } from 'ws';
import { PortError } from '../../../ports/port-error.js';
import { errnoOf } from '../../_shared/errno.js';

/** As long as a slow network may take; a host that does not answer is told sooner than the system does. */
const CONNECT_WITHIN_MS = 10_000;

export interface WsClientEvents {
  readonly notified: (method: string, params: Readonly<Record<string, unknown>>) => void;
}

export interface WsClient {
  /** @throws ServiceCallError when the call fails; Error when the connection ends. */
  call(method: string, params?: Readonly<Record<string, unknown>>): Promise<unknown>;
  /** Resolves when the connection has ended. */
  readonly closed: Promise<void>;
  close(): void;
}

/** A failed call, with the service's message. */
export class ServiceCallError extends Error {
  /** The stable code (`docs/reference/errors.md`). */
  readonly code: string;

  constructor(message: string, code: string) {
    super(message);
    this.name = 'ServiceCallError';
    this.code = code;
  }
}

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: unknown;
  readonly error?: { readonly message: string; readonly data?: Readonly<Record<string, unknown>> };
}

/** @throws PortError `SOURCE_UNAVAILABLE` when nobody answers there. */
export async function connectWsClient(
  url: string,
  credential: string,
  { notified }: WsClientEvents,
): Promise<WsClient> {
  const socket = dial(url, credential);
  const pending = new Map<number, Pending>();
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  await opened(socket, url);
  let lastId = 0;
  socket.on('message', (data: Buffer) => {
    const message = JSON.parse(data.toString('utf8')) as Message;
    if (message.method !== undefined) notified(message.method, message.params ?? {});
    else settle(pending, message);
  });
  void closed.then(() => {
    for (const { reject } of pending.values()) reject(new Error('the connection has ended'));
  });
  return {
    closed,
    close: () => socket.close(),
    call: (method, params = {}) =>
      new Promise((resolve, reject) => {
        lastId += 1;
        pending.set(lastId, { resolve, reject });
        socket.send(JSON.stringify({ jsonrpc: '2.0', id: lastId, method, params }));
      }),
  };
}

function dial(url: string, credential: string): WebSocket {
  try {
    return new WebSocket(url, {
      headers: { authorization: `Bearer ${credential}` },
      maxPayload: 16 * 1024 * 1024,
      handshakeTimeout: CONNECT_WITHIN_MS,
    });
  } catch (cause) {
    const rule = 'a URL such as ws://127.0.0.1:8002/ws';
    throw new PortError('OPTION_INVALID', {
      cause,
      message: `${url} is not ${rule}`,
      detail: { option: 'url', rule },
    });
  }
}

function opened(socket: WebSocket, url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve());
    socket.on('error', (cause) => {
      reject(
        new PortError('SOURCE_UNAVAILABLE', {
          cause,
          message: `${url} cannot be reached: ${wordsOf(cause)}`,
          detail: { reason: errnoOf(cause) },
        }),
      );
    });
  });
}

/** A name with several addresses fails with the failures of all of them. */
function wordsOf(cause: Error): string {
  return cause instanceof AggregateError ? cause.errors.map(String).join('; ') : cause.message;
}

function settle(pending: Map<number, Pending>, { id, error, result }: Message): void {
  const waiting = id === undefined ? undefined : pending.get(id);
  if (id === undefined || !waiting) return;
  pending.delete(id);
  if (!error) waiting.resolve(result);
  else waiting.reject(failureOf(error));
}

function failureOf({ message, data }: NonNullable<Message['error']>): ServiceCallError {
  const { code } = data ?? {};
  return new ServiceCallError(describe(message, data), typeof code === 'string' ? code : 'INTERNAL');
}

/** The message for people, the stable code, and what else the service said. */
function describe(message: string, data: Readonly<Record<string, unknown>> = {}): string {
  const { code, request_id: _logged, ...facts } = data;
  const details = Object.entries(facts).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  return `${message} (${[String(code), ...details].join(', ')})`;
}
