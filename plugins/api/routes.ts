/** HTTP routes and files of a plugin, below `/plugins/<plugin>/` of the API listener. */
import type { Role } from '../../ports/index.js';

/** A route for GET answers HEAD, too. */
export type RouteMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** What a handler knows of a request. Credentials and cookies of the caller are never part of it. */
export interface RouteRequest {
  /** The values of the `{parameters}` of the path, decoded once: never empty, `.`, `..` or with control characters or backslashes. */
  readonly params: Readonly<Record<string, string>>;
  /** The first value of each parameter of the query. */
  readonly query: Readonly<Record<string, string>>;
  /** Those that the route names, as far as the request has them. */
  readonly headers: Readonly<Record<string, string>>;
  /** Empty for GET. */
  readonly body: Uint8Array;
  /** Who asks; absent on a public route, even if the request has a credential. */
  readonly caller?: RouteCaller;
  /**
   * Aborts when the deadline has passed, the client is gone, its credential is taken back, or the plugin is taken out; while a stream
   * is sent, too.
   */
  readonly signal: AbortSignal;
  /** Stands in the log, and in the error if there is one. */
  readonly requestId: string;
  /** Whether the caller may know of a camera: what is told of cameras must be limited to these. On a public route always false. */
  maySee(camera: string): boolean;
}

export interface RouteCaller {
  /** Stable name of the person, program or key. */
  readonly id: string;
  readonly role: Role;
}

export interface RouteResponse {
  /** 200 to 599. Default: 200, or 204 without a body. */
  readonly status?: number;
  /**
   * `content-type`, `content-disposition`, `content-language`, `content-security-policy`, `cache-control`, `etag`, `expires`,
   * `last-modified`, `link`, `location`, `retry-after`, and those that begin with `x-plugin-<plugin>-`. What a body needs is added if it is
   * missing: a content type, a policy under which a page can load and run nothing, and `cache-control: no-store`.
   */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Up to 4 MiB, or a stream of any length in chunks of up to 1 MiB, each of which must come within the deadline of the route. A stream
   * is read at the pace of the client and told to `return` when the client leaves.
   */
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array>;
}

/** How a folder of static files is served. */
export interface StaticOffer {
  /** The file, such as `index.html`, that answers when a page is asked for by a path that no file has and that has no extension. */
  readonly fallback?: string;
  /** In place of the default, under which pages load only what is at the same address. */
  readonly contentSecurityPolicy?: string;
}

export interface RouteOffer {
  /** One sentence for people. */
  readonly summary: string;
  /**
   * The least role that may use it. `public`: everybody, without a credential; needs the capability `public-routes`. A camera that is
   * named `device` in the path or in the query exists, and the caller may see it.
   */
  readonly role: Role | 'public';
  /** Names of the request's headers that the handler gets, such as `content-type`. None that carries credentials. */
  readonly headers?: readonly string[];
  /** Longest body of a request, in bytes: 65 536 by default, 1 048 576 at most. A longer one is refused with the status 413. */
  readonly maxBodyBytes?: number;
  /** Until the handler has answered, and between the chunks of a stream: 5 000 by default, 60 000 at most. */
  readonly timeoutMs?: number;
  /** Parameters of the path that the audit trail records with each request; `false` where nothing is to be recorded. */
  readonly audited: false | readonly string[];
  /** Answers. Errors are treated as those of a method; see `MethodOffer.handler`. */
  handler(request: RouteRequest): RouteResponse | Promise<RouteResponse>;
}
