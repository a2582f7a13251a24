/** What a listener's contract needs from the outside: listeners, and clients of them. */
import type { HttpListener } from '../../ports/index.js';

export interface ListenerRequest {
  readonly method?: string;
  /** As on the request line. */
  readonly target: string;
  /** Several values: several headers of that name. `Host` names the listener unless it is given; `[]`: there is none. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: Uint8Array;
}

export interface ListenerAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
}

/** A request whose client reads at its own pace. */
export interface OpenRequest {
  /** Reads one piece of the answer; undefined at its end. Rejects when the answer was cut. */
  read(): Promise<Uint8Array | undefined>;
  leave(): void;
}

export interface HttpListenerWorld {
  /** A listener not yet started, on the given port or a free one. Listeners of one world share a machine. */
  create(port?: number): HttpListener;
  /** The same, for which the clients of this world are proxies that it trusts. */
  createBehindProxy(): HttpListener;
  /** The address from which the clients of this world come. */
  readonly clientAddress: string;
  request(listener: HttpListener, request: ListenerRequest): Promise<ListenerAnswer>;
  begin(listener: HttpListener, request: ListenerRequest): OpenRequest;
  /**
   * Asks for the protocols, `websocket` unless others are given.
   * @returns true when a handler took the connection over.
   */
  upgrade(listener: HttpListener, target: string, protocols?: string): Promise<boolean>;
  readonly withinMs: number;
}
