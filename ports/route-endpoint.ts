/** What plugins serve over HTTP, as a transport sees it: all rules of access are implemented behind this interface. */
import type { ByteRange } from './file-store.js';
import type { HttpErrorCode } from './http-status.js';
import type { RpcFailure } from './rpc-failure.js';

/** A request for something of a plugin. Header names are in lower case. */
export interface RoutedRequest {
  readonly method: string;
  /** What follows `/plugins`, decoded once, such as `/doorbell/rings`; never contains `..` segments. */
  readonly path: string;
  readonly query: ReadonlyMap<string, string>;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The Bearer token or API key of the request. */
  readonly credential?: string;
  /** As `Peer.address`. */
  readonly address: string;
  /** Aborts when the client disconnects. */
  readonly signal: AbortSignal;
  /** Reads the whole body. Rejects with a RangeError if it is longer than `limitBytes`. */
  body(limitBytes: number): Promise<Uint8Array>;
}

/** A file of a plugin's package. */
export interface RoutedFile {
  readonly contentType: string;
  readonly sizeBytes: number;
  /** Milliseconds since 1970. */
  readonly modifiedAt: number;
  /** Strong entity tag with its quotes (RFC 9110 §8.8.3). */
  readonly etag: string;
  read(range: ByteRange): AsyncIterable<Uint8Array>;
}

/**
 * `response`: as it is to be sent; its headers have been checked. A stream is to be consumed or told to `return`.
 * `file`: to be sent with conditions and ranges (RFC 9110 §13 and §14), and with these headers.
 * `refusal`: there is nothing at this address, or not with this method (`allow` names the others), or the body is too long.
 * `failure`: as for calls.
 */
export type RoutedAnswer =
  | {
      readonly kind: 'response';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body?: string | Uint8Array | AsyncIterable<Uint8Array>;
    }
  | {
      readonly kind: 'file';
      readonly file: RoutedFile;
      readonly headers: Readonly<Record<string, string>>;
    }
  | {
      readonly kind: 'refusal';
      readonly code: HttpErrorCode & ('NOT_FOUND' | 'METHOD_NOT_ALLOWED' | 'TOO_LARGE');
      readonly allow?: readonly string[];
    }
  | { readonly kind: 'failure'; readonly error: RpcFailure };

/** The routes and static files of plugins, with the credentials, roles, camera scopes and limits of calls. */
export interface RouteEndpoint {
  /** Never rejects: errors are answers, too. */
  answer(request: RoutedRequest): Promise<RoutedAnswer>;
}
