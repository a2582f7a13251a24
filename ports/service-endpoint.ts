/** The service as transports see it: calls, files, health. */
import type { ByteRange, FileKind } from './file-store.js';

/** The other side of a connection. */
export interface Peer {
  /** Name of the transport, for logs and audit. */
  readonly transport: string;
  /**
   * IP address of the client itself, also behind a trusted proxy. Where a client has none (a UNIX socket, a message broker, this
   * process) it is a word that begins with the name of the transport and tells its clients apart as well as that can be done, such as
   * `unix:uid=1000` or `unix:pid=4711`. Whoever shares an address shares its limits: failed logins, and calls without a credential.
   */
  readonly address: string;
  /** URL by which the client reached us, such as `https://cam.example/cams`; URLs in answers are built from it. */
  readonly baseUrl?: string;
  /** A credential shown while connecting (Bearer token, API key). */
  readonly credential?: string;
}

export interface RpcCall {
  readonly method: string;
  /** As it came; the dispatcher validates. */
  readonly params?: unknown;
}

/** A failed call. `rpcCode` is its number in `docs/reference/errors.md`; `data.code` its stable word, `data.request_id` its line in the log. */
export interface RpcFailure {
  readonly rpcCode: number;
  readonly message: string;
  readonly data: Readonly<Record<string, unknown>> & { readonly code: string; readonly request_id: string };
}

/** A frozen result is deeply frozen and never changes, so a transport may cache its encoding. */
export type RpcOutcome =
  | { readonly ok: true; readonly result: unknown; readonly metadata?: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly error: RpcFailure };

/** An event for a client. The same object goes to every client that gets it, so its encoding can be kept and reused. */
export interface Notification {
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** One client's conversation: who it is, what it subscribed to. */
export interface RpcSession {
  readonly id: string;
  /** Whether somebody has logged in here: by the credential shown while connecting, by `authenticate`, or with an `auth_token`. */
  readonly isAuthenticated: boolean;
  /** Resolves when the credential shown while connecting has been judged; at once when there was none. Never rejects. */
  judged(): Promise<void>;
  /** Runs one call, after the logins handed over before it. Never rejects: all is an outcome. @param signal aborts when the client is gone. */
  call(request: RpcCall, signal: AbortSignal): Promise<RpcOutcome>;
  /** Ends the session and its subscriptions. May be repeated. */
  close(): void;
}

/** What a transport allows each of its clients. */
export interface RpcLimits {
  /** Longest message. The call in a longer one is not run; the client is told or disconnected. */
  readonly messageBytes: number;
  /** Calls in a batch; a longer batch is refused as a whole. */
  readonly batchItems: number;
  /** Calls under way at a time, those of a batch included; more are refused with `RATE_LIMITED`, or wait within a batch. */
  readonly inFlight: number;
  /** Bytes that may wait for a slow client before it is disconnected. */
  readonly outboundBytes: number;
}

export interface RpcEndpoint {
  readonly limits: RpcLimits;
  /** Opens a session. @param notify gets the client's events; must not throw or block. */
  open(peer: Peer, notify: (notification: Notification) => void): RpcSession;
  /**
   * A failure that a transport finds before there is a call: `PARSE_ERROR`, `INVALID_REQUEST`, `INVALID_PARAMS` (positional
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
  /** The short-lived `ticket` of a `download_url`; stands for a credential for this file alone. */
  readonly ticket?: string;
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

/** Files, with the same credentials, roles and camera scope as calls. Failures are outcomes with the same codes. */
export interface FileEndpoint {
  open(
    request: FileRequest,
  ): Promise<
    { readonly ok: true; readonly file: FileDownload } | { readonly ok: false; readonly error: RpcFailure }
  >;
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

/** The service as transports see it. They turn bytes into calls and outcomes into bytes; every rule lives behind this. */
export interface ServiceEndpoint {
  readonly rpc: RpcEndpoint;
  readonly files: FileEndpoint;
  readonly health: HealthEndpoint;
}
