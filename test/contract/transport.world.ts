/** What a transport's contract needs from the outside: the transport, and a client's means to reach it. */
import type { Transport } from '../../ports/index.js';

export interface TestAnswer {
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
  readonly metadata?: unknown;
}

export interface TestClient {
  call(method: string, params?: unknown): Promise<TestAnswer>;
  onNotification(listener: (notification: { method: string; params: unknown }) => void): void;
  readonly closed: Promise<unknown>;
  close(): void;
}

export interface TestHttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
}

export interface TestHttpRequest {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A transport not yet started, and a client's means to reach it. */
export interface TransportWorld {
  /** What the transport under test must say it supports; sections for anything else are not registered. */
  readonly supports: Transport['supports'];
  create(): Promise<TransportSetting>;
  readonly withinMs: number;
}

export interface TransportSetting {
  readonly transport: Transport;
  /** For transports with calls. Rejects when the transport does not accept. */
  connect(credential?: string): Promise<TestClient>;
  /** For transports with files or health. */
  request(request: TestHttpRequest): Promise<TestHttpAnswer>;
  dispose(): Promise<void>;
}

/** Registers a case that applies only where the transport offers it. */
export type When = (ability: keyof Transport['supports'], title: string, body: () => Promise<void>) => void;
