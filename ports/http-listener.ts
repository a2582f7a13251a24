import type { Lifecycle } from './lifecycle.js';

/** The client and the URL it used, as determined from the connection or from the headers of trusted proxies. */
export interface HttpClient {
  /** IP address. Never taken from a header, unless a trusted proxy wrote it. */
  readonly address: string;
  /** Scheme, host and path prefix, such as `https://cam.example/cams`, without a trailing slash. Absent if the request named no host. */
  readonly baseUrl?: string;
}

/** The parts of an HTTP request that a route needs. Header names are in lower case. */
export interface HttpRequest {
  readonly method: string;
  /** Decoded once, without the query; never contains `..` segments. */
  readonly path: string;
  readonly query: ReadonlyMap<string, string>;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly client: HttpClient;
  /** Aborts when the client disconnects. */
  readonly signal: AbortSignal;
  /** Reads the whole body. Rejects with a RangeError if it is longer than `limitBytes`. */
  body(limitBytes: number): Promise<Uint8Array>;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Streamed with back-pressure and never collected in memory. Not consumed for HEAD. */
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array>;
}

/** Returns the response, or `undefined` to pass the request to the next route. */
export type HttpHandler = (request: HttpRequest) => Promise<HttpResponse | undefined>;

/**
 * A WebSocket handshake. The first three values are those of Node's `upgrade` event (`IncomingMessage`, `Duplex`, `Buffer`); they
 * are opaque here so that the port does not depend on a platform.
 */
export interface HttpUpgrade {
  readonly request: object;
  readonly socket: object;
  readonly head: Uint8Array;
  readonly client: HttpClient;
}

/** Takes over a connection. */
export type UpgradeHandler = (upgrade: HttpUpgrade) => void;

/** A listening address that several transports share. */
export interface HttpListener extends Lifecycle {
  readonly name: string;
  /** Adds a route for a path and everything below it; the longest matching prefix is called first. @returns a function that removes the route. */
  route(prefix: string, handler: HttpHandler): () => void;
  /**
   * Adds a handler for WebSocket handshakes on exactly this path. All other upgrades (another protocol, another path,
   * a method other than GET) are ignored, and the request is answered as if it did not ask for one (RFC 9110 §7.8).
   * @returns a function that removes the handler.
   */
  upgrade(path: string, handler: UpgradeHandler): () => void;
  /** Binds. @throws PortError `ADDRESS_IN_USE` or `ADDRESS_UNAVAILABLE`, naming host, port and configuration key. */
  start(signal: AbortSignal): Promise<void>;
  /** Stops accepting connections, lets responses finish until `signal` aborts, then closes the remaining connections. */
  stop(signal: AbortSignal): Promise<void>;
  /** The address it listens on, once started, with the actual port if port 0 was requested. */
  address(): { readonly host: string; readonly port: number } | undefined;
}
