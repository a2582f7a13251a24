import type { Lifecycle } from './lifecycle.js';

/** One HTTP request, as far as a route needs to know it. Header names are lower case. */
export interface HttpRequest {
  readonly method: string;
  /** Decoded once, without the query; never contains `..` segments. */
  readonly path: string;
  readonly query: ReadonlyMap<string, string>;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly remoteAddress: string;
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
 * Takes over a connection. The three values are those of Node's `upgrade` event (`IncomingMessage`, `Duplex`, `Buffer`); they are
 * opaque here so that a port names no platform.
 */
export type UpgradeHandler = (request: object, socket: object, head: Uint8Array) => void;

/** One listening address that several transports share. */
export interface HttpListener extends Lifecycle {
  readonly name: string;
  /** Adds a route for a path and everything below it; the longest matching prefix is asked first. @returns a function that removes it. */
  route(prefix: string, handler: HttpHandler): () => void;
  /** Adds a handler for protocol upgrades on exactly this path. @returns a function that removes it. */
  upgrade(path: string, handler: UpgradeHandler): () => void;
  /** Binds. @throws PortError `ADDRESS_IN_USE` or `ADDRESS_UNAVAILABLE`, naming host, port and configuration key. */
  start(signal: AbortSignal): Promise<void>;
  /** Stops accepting, lets answers finish until `signal` aborts, closes the rest. */
  stop(signal: AbortSignal): Promise<void>;
  /** Where it listens, once started; the port is the real one when 0 was asked for. */
  address(): { readonly host: string; readonly port: number } | undefined;
}
