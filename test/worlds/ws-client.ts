/** A plain WebSocket JSON-RPC client for tests: says what it is told to, and shows what it hears. */
import { WebSocket } from 'ws';

export interface WsNotification {
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

export interface WsError {
  readonly code: number;
  readonly message: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

export interface WsAnswer {
  readonly jsonrpc?: string;
  readonly id?: unknown;
  readonly result?: unknown;
  readonly error?: WsError;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** Thrown by `call` when the service answers with an error. */
export class WsRpcError extends Error {
  readonly code: number;
  readonly data: Readonly<Record<string, unknown>>;

  constructor(error: WsError) {
    super(`${String(error.code)} ${error.message}`);
    this.name = 'WsRpcError';
    this.code = error.code;
    this.data = error.data ?? {};
  }
}

export interface WsClientOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly connectWithinMs?: number;
  readonly callWithinMs?: number;
}

/** Notifications kept for `nextNotification`; older ones are forgotten. */
const KEPT_NOTIFICATIONS = 1000;
const DEFAULT_WITHIN_MS = 10_000;

type Match = string | ((notification: WsNotification) => boolean);
interface Waiter<T> {
  readonly matches: (value: T) => boolean;
  readonly resolve: (value: T) => void;
}

export class WsClient {
  readonly socket: WebSocket;
  /** Resolves with the close code and reason. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  /** Every notification heard and not yet taken by `nextNotification`. */
  readonly notifications: WsNotification[] = [];
  readonly #callWithinMs: number;
  readonly #calls = new Map<number, (answer: WsAnswer) => void>();
  readonly #notificationWaiters: Waiter<WsNotification>[] = [];
  readonly #unasked: unknown[] = [];
  readonly #unaskedWaiters: Waiter<unknown>[] = [];
  #lastId = 0;

  constructor(socket: WebSocket, callWithinMs: number) {
    this.socket = socket;
    this.#callWithinMs = callWithinMs;
    this.closed = new Promise((resolve) => {
      socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
    socket.on('error', () => undefined);
    socket.on('message', (data) => this.#hear(JSON.parse((data as Buffer).toString()) as unknown));
  }

  /** Calls a method; resolves with its result. @throws WsRpcError when the answer is an error. */
  async call<T = unknown>(method: string, params?: Readonly<Record<string, unknown>>): Promise<T> {
    const answer = await this.answer(method, params);
    if (answer.error !== undefined) throw new WsRpcError(answer.error);
    return answer.result as T;
  }

  /** Calls a method; resolves with the whole answer, whatever it is. */
  answer(method: string, params?: unknown): Promise<WsAnswer> {
    const id = (this.#lastId += 1);
    const heard = new Promise<WsAnswer>((resolve) => this.#calls.set(id, resolve));
    this.rawSend(JSON.stringify({ jsonrpc: '2.0', id, method, ...(params === undefined ? {} : { params }) }));
    return within(Promise.race([heard, this.#lost(method)]), this.#callWithinMs, `an answer to ${method}`);
  }

  /** Sends a JSON-RPC notification, which has no answer. */
  notify(method: string, params?: unknown): void {
    this.rawSend(JSON.stringify({ jsonrpc: '2.0', method, ...(params === undefined ? {} : { params }) }));
  }

  /** Sends exactly this; a Buffer goes out as a binary frame. */
  rawSend(data: string | Uint8Array): void {
    this.socket.send(data);
  }

  /** Sends exactly this and resolves with the next message that answers none of `call`'s and is no notification. */
  async rawCall(data: string | Uint8Array, withinMs = this.#callWithinMs): Promise<unknown> {
    this.rawSend(data);
    return this.nextRaw(withinMs);
  }

  nextRaw(withinMs = this.#callWithinMs): Promise<unknown> {
    return take(this.#unasked, this.#unaskedWaiters, { matches: () => true, withinMs, what: 'a message' });
  }

  /** The first notification, heard already or to come, that matches a method name or a test. Takes it out of the list. */
  nextNotification(match: Match, withinMs: number): Promise<WsNotification> {
    const matches = typeof match === 'string' ? (n: WsNotification) => n.method === match : match;
    const what = `notification ${typeof match === 'string' ? match : ''}`;
    return take(this.notifications, this.#notificationWaiters, { matches, withinMs, what });
  }

  /** Says goodbye and resolves when the connection is gone. */
  async close(): Promise<void> {
    this.socket.close(1000);
    const impatient = setTimeout(() => this.socket.terminate(), 1000);
    await this.closed;
    clearTimeout(impatient);
  }

  async #lost(method: string): Promise<never> {
    const { code, reason } = await this.closed;
    throw new Error(`the connection closed with ${String(code)} ${reason} before ${method} was answered`);
  }

  #hear(message: unknown): void {
    const single = message as WsAnswer & Partial<WsNotification>;
    if (isRecord(message) && typeof single.method === 'string') {
      hand(single as WsNotification, this.notifications, this.#notificationWaiters);
      if (this.notifications.length > KEPT_NOTIFICATIONS) this.notifications.shift();
      return;
    }
    const waiting =
      isRecord(message) && typeof single.id === 'number' ? this.#calls.get(single.id) : undefined;
    if (waiting === undefined) return hand(message, this.#unasked, this.#unaskedWaiters);
    this.#calls.delete(single.id as number);
    waiting(single);
  }
}

/** Connects, e.g. to `ws://127.0.0.1:8002/ws`. @throws when the service refuses, with its HTTP status in the message. */
export function connectWs(url: string, options: WsClientOptions = {}): Promise<WsClient> {
  const withinMs = options.connectWithinMs ?? DEFAULT_WITHIN_MS;
  const socket = new WebSocket(url, { headers: { ...options.headers }, handshakeTimeout: withinMs });
  const client = new WsClient(socket, options.callWithinMs ?? DEFAULT_WITHIN_MS);
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(client));
    socket.once('error', reject);
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function hand<T>(value: T, kept: T[], waiters: Waiter<T>[]): void {
  const index = waiters.findIndex((waiter) => waiter.matches(value));
  if (index < 0) kept.push(value);
  else waiters.splice(index, 1)[0]?.resolve(value);
}

interface Wanted<T> {
  readonly matches: (value: T) => boolean;
  readonly withinMs: number;
  readonly what: string;
}

function take<T>(kept: T[], waiters: Waiter<T>[], { matches, withinMs, what }: Wanted<T>): Promise<T> {
  const index = kept.findIndex(matches);
  if (index >= 0) return Promise.resolve(kept.splice(index, 1)[0] as T);
  const heard = new Promise<T>((resolve) => waiters.push({ matches, resolve }));
  return within(heard, withinMs, what);
}

async function within<T>(promise: Promise<T>, withinMs: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no ${what} within ${String(withinMs)} ms`)), withinMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
