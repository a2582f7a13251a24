/** What a transport's contract needs from the outside: the transport, and a client's means to reach it. */
import type { Transport } from '../../ports/index.js';

/** The answer to a call, whatever its form on the wire. */
export interface TestAnswer {
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
  readonly metadata?: unknown;
}

/** A well-behaved client of a transport with calls. */
export interface TestClient {
  /** Resolves with the answer, also when it is an error; may reject when the connection ends first. */
  call(method: string, params?: unknown): Promise<TestAnswer>;
  onNotification(listener: (notification: { method: string; params: unknown }) => void): void;
  /** Resolves when the connection has ended, by whichever side. */
  readonly closed: Promise<unknown>;
  close(): void;
}

/** A client that says exactly what it is told to, for transports whose clients write JSON-RPC messages. */
export interface RawTestClient {
  /** Sends one message: a text as the transport carries texts, bytes just as they are. */
  send(message: string | Uint8Array): void;
  /** Hears the text of each message that comes. */
  onMessage(listener: (text: string) => void): void;
  readonly closed: Promise<unknown>;
  close(): void;
}

/** The answer of a transport with files or health. */
export interface TestHttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
}

/** One request to it. */
export interface TestHttpRequest {
  /** `GET` when absent. */
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** How the suite makes the transport under test, and what it may expect of it. */
export interface TransportWorld {
  /** What the transport under test must say it supports; sections for anything else are not registered. */
  readonly supports: Transport['supports'];
  create(): Promise<TransportSetting>;
  /** How soon something must have happened, in milliseconds. */
  readonly withinMs: number;
}

/** A transport not yet started, and its clients' means to reach it. */
export interface TransportSetting {
  readonly transport: Transport;
  /** For transports with calls. Rejects when the transport does not accept. */
  connect(credential?: string): Promise<TestClient>;
  /** For transports with `jsonRpc`. Rejects when the transport does not accept. */
  connectRaw?(): Promise<RawTestClient>;
  /** For transports with files or health. */
  request(request: TestHttpRequest): Promise<TestHttpAnswer>;
  /** Releases what the world holds besides the transport, which has been stopped. */
  dispose(): Promise<void>;
}

/** Registers a case that applies only where the transport offers it. */
export type When = (ability: keyof Transport['supports'], title: string, body: () => Promise<void>) => void;
