/** The service as transports see it: calls, files, health, and what plugins serve over HTTP. */
import type { ByteRange, FileKind } from './file-store.js';
import type { RouteEndpoint } from './route-endpoint.js';
import type { RpcFailure } from './rpc-failure.js';

export type * from './route-endpoint.js';
export type * from './rpc-failure.js';

/** The remote end of a connection. */
export interface Peer {
  /** Name of the transport, for logs and audit. */
  readonly transport: string;
  /**
   * IP address of the client itself, also behind a trusted proxy. If clients have no IP addresses (UNIX socket, message broker, same
   * process), it is a text that begins with the name of the transport and a colon and says who the client is, such as `unix:uid=1000`;
   * it must be a fact about the client that the client cannot choose. If no such fact is known, it is absent, never a constant: each
   * session then counts as a client of its own.
   *
   * Clients with the same address share its limits for failed logins and calls without a credential. In addition, all clients of a
   * transport without IP addresses share ten times these limits, so that a client gains little by connecting again.
   */
  readonly address?: string | undefined;
  /** URL that the client used to reach the service, such as `https://cam.example/cams`; URLs in results are built from it. */
  readonly baseUrl?: string;
  /** A credential presented while connecting (Bearer token, API key). */
  readonly credential?: string;
}

export interface RpcCall {
  readonly method: string;
  /** As received; the dispatcher validates them. */
  readonly params?: unknown;
}

/** The outcome of a call. A frozen result is deeply frozen, so a transport may cache its encoding. */
export type RpcOutcome =
  | { readonly ok: true; readonly result: unknown; readonly metadata?: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly error: RpcFailure };

/** An event for a client. All clients receive the same object, so its encoding can be cached. */
export interface Notification {
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** The session of one client: its identity and its subscriptions. */
export interface RpcSession {
  readonly id: string;
  /** Whether the client has logged in: with a credential while connecting, with `authenticate`, or with an `auth_token`. */
  readonly isAuthenticated: boolean;
  /** Resolves when the credential presented while connecting has been verified, or immediately if there was none. Never rejects. */
  judged(): Promise<void>;
  /** Runs a call, after all earlier logins. Never rejects: errors are outcomes, too. @param signal aborts when the client disconnects. */
  call(request: RpcCall, signal: AbortSignal): Promise<RpcOutcome>;
  /** Ends the session and its subscriptions. May be repeated. */
  close(): void;
}

/** The limits that a transport enforces for each client. */
export interface RpcLimits {
  /** Maximum size of a message. The call in a larger message is not run; the client receives an error or is disconnected. */
  readonly messageBytes: number;
  /** Maximum number of calls in a batch; a larger batch is refused as a whole. */
  readonly batchItems: number;
  /** Maximum number of concurrent calls, including those of a batch. Further calls are refused with `RATE_LIMITED`, or wait within a batch. */
  readonly inFlight: number;
  /** Maximum amount of unsent data for a slow client, in bytes; beyond it, the client is disconnected. */
  readonly outboundBytes: number;
}

export interface RpcEndpoint {
  readonly limits: RpcLimits;
  /** Opens a session. @param notify receives the client's events; must not throw or block. */
  open(peer: Peer, notify: (notification: Notification) => void): RpcSession;
  /**
   * The failure for a problem that a transport detects before there is a call: `PARSE_ERROR`, `INVALID_REQUEST`, `INVALID_PARAMS` (positional
   * parameters), `RATE_LIMITED`, `INVALID_STATE` (the transport is stopping), `INTERNAL`.
   */
  failure(code: string, hint?: string): RpcFailure;
  /** The OpenRPC document. */
  describe(): Readonly<Record<string, unknown>>;
}

export interface FileRequest {
  readonly kind: FileKind;
  readonly filename: string;
  readonly credential?: string;
  /** The short-lived `ticket` of a `download_url`, which acts as a credential for this file only. */
  readonly ticket?: string;
  /** As `Peer.address`, for clients that have one; otherwise the name of the transport and a colon. */
  readonly address: string;
}

export interface FileDownload {
  readonly filename: string;
  readonly contentType: string;
  readonly sizeBytes: number;
  readonly modifiedAt: number;
  /** Strong entity tag with its quotes (RFC 9110 §8.8.3). */
  readonly etag: string;
  read(range?: ByteRange): AsyncIterable<Uint8Array>;
}

/** An image of what a recording shows. */
export interface PreviewRequest extends FileRequest {
  /** Seconds since the first frame, as the client has written them: they are checked behind the endpoint. */
  readonly atSeconds: number;
  /** In pixels; the height follows. */
  readonly width?: number;
}

/** Access to files, with the same credentials, roles and camera scopes as calls. Failures are outcomes with the same codes. */
export interface FileEndpoint {
  open(
    request: FileRequest,
  ): Promise<
    { readonly ok: true; readonly file: FileDownload } | { readonly ok: false; readonly error: RpcFailure }
  >;
  /** A JPEG image of what a recording shows at a time. Absent where recordings cannot be decoded, as in an isolated plugin. */
  preview?(request: PreviewRequest): ReturnType<FileEndpoint['open']>;
  remove(request: FileRequest): Promise<RpcOutcome>;
}

export interface HealthReport {
  readonly status: 'HEALTHY' | 'DEGRADED' | 'UNHEALTHY';
  readonly ready: boolean;
  readonly components: Readonly<
    Record<string, { readonly state: string; readonly since: string; readonly reason?: string }>
  >;
}

export interface HealthEndpoint {
  report(): HealthReport;
  metrics(): Promise<{ readonly contentType: string; readonly text: string }>;
}

/** The service as transports see it. Transports convert bytes into calls and outcomes into bytes; all rules are implemented behind this interface. */
export interface ServiceEndpoint {
  readonly rpc: RpcEndpoint;
  readonly files: FileEndpoint;
  readonly health: HealthEndpoint;
  /** What plugins serve over HTTP. Absent in an isolated plugin, which serves its own clients only. */
  readonly routes?: RouteEndpoint;
}
