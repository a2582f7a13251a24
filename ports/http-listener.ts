import type { Lifecycle } from './lifecycle.js';

/** Who is on the other side, and under which URL it found us: as the connection shows it, or as proxies that are trusted tell it. */
export interface HttpClient {
  /** IP address. Never from a header, unless a trusted proxy wrote it. */
  readonly address: string;
  /** Scheme, host and path prefix, such as `https://cam.example/cams`, without a slash at the end. Absent when no host was named. */
  readonly baseUrl?: string;
}

/** One HTTP request, as far as a route needs to know it. Header names are lower case. */
export interface HttpRequest {
  readonly method: string;
  /** Decoded once, without the query; never contains `..` segments. */
  readonly path: string;
  readonly query: ReadonlyMap<string, string>;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly client: HttpClient;
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal;
  /** The whole body. Rejects with a RangeError when it is longer than `limitBytes`. */
  body(limitBytes: number): Promise<Uint8Array>;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Streamed with back-pressure; never gathered in memory. Not consumed for HEAD. */
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array>;
}

/** Answers a request, or `undefined` to let the next route try. */
export type HttpHandler = (request: HttpRequest) => Promise<HttpResponse | undefined>;

/**
 * A WebSocket handshake. The first three values are those of Node's `upgrade` event (`IncomingMessage`, `Duplex`, `Buffer`); they
 * are opaque here so that a port names no platform.
 */
export interface HttpUpgrade {
  readonly request: object;
  readonly socket: object;
  readonly head: Uint8Array;
  readonly client: HttpClient;
}

/** Takes over a connection. */
export type UpgradeHandler = (upgrade: HttpUpgrade) => void;

/** One listening address that several transports share. */
export interface HttpListener extends Lifecycle {
  readonly name: string;
  /** Adds a route for a path and everything below it; the longest matching prefix is asked first. @returns a function that removes it. */
  route(prefix: string, handler: HttpHandler): () => void;
  /**
   * Adds a handler for WebSocket handshakes on exactly this path. Every other wish for an upgrade (another protocol, another path,
   * another method than GET) is ignored, and the request is answered as if it had none (RFC 9110 §7.8).
   * @returns a function that removes it.
   */
  upgrade(path: string, handler: UpgradeHandler): () => void;
  /** Binds. @throws PortError `ADDRESS_IN_USE` or `ADDRESS_UNAVAILABLE`, naming host, port and configuration key. */
  start(signal: AbortSignal): Promise<void>;
  /** Stops accepting, lets answers finish until `signal` aborts, closes the rest. */
  stop(signal: AbortSignal): Promise<void>;
  /** Where it listens, once started; the port is the real one when 0 was asked for. */
  address(): { readonly host: string; readonly port: number } | undefined;
}
