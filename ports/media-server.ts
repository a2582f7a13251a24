import type { Lifecycle } from './lifecycle.js';

/** The desired state of a path. There is one path per camera, with the name of the camera. Exactly the names that `CAMERA_NAME` allows are accepted. */
export interface PathSpec {
  /**
   * `false`: not recorded. Otherwise the container format, and a mark by which the caller recognises its files: they appear in the
   * recordings folder as `<path>_<time>_<mark>.<ext>`. The time is in the server's own clock and time zone, and only informative. A
   * different mark starts a new file, immediately and without disturbing viewers.
   */
  readonly record: false | { readonly format: 'fmp4' | 'mpegts'; readonly mark: string };
  /** A URL from which the media server pulls the stream; absent if a Capture publishes it. May contain credentials. */
  readonly pullUrl?: string;
  /**
   * While there is no publisher, viewers are refused immediately, including those already waiting, instead of being held until a
   * publisher connects. Must not be changed while the path has a publisher.
   */
  readonly refusesViewers?: boolean;
}

/** The current state of a path. */
export interface PathState {
  readonly name: string;
  /** Whether the path is delivering frames. */
  readonly ready: boolean;
  readonly readers: number;
  /** The readers that can be disconnected individually, by the name given in `ViewerRequest.viewer`. */
  readonly viewers: readonly string[];
  /** Bytes received and sent since the stream started. */
  readonly inboundBytes: number;
  readonly outboundBytes: number;
  /** Codec names, such as `H264`. */
  readonly tracks: readonly string[];
}

/** A viewer who wants to read a path, and the credentials presented. */
export interface ViewerRequest {
  readonly path: string;
  readonly protocol: string;
  readonly address: string;
  /** The server's name for this viewer, for `endViewers`; absent if the viewer has no connection yet. */
  readonly viewer?: string;
  /** All values that may be the credential, in order of preference: Bearer token, password, `token` of the query. */
  readonly credentials: readonly string[];
}

export interface MediaServerState {
  /** `ready`: accepts calls. `starting`: is not ready yet. `down`: not available, with the reason and, if retried, the time of the next attempt. */
  readonly status: 'ready' | 'starting' | 'down';
  readonly reason?: string;
  readonly version?: string;
  /** Increases each time the server has lost its configuration, such as by a restart: everything must then be configured again. */
  readonly epoch: number;
}

export interface MediaServerHooks {
  /**
   * Decides whether the viewer may read the path. Must answer from memory within milliseconds and must not call the media server; the
   * viewer waits meanwhile. The call also tells the service that the stream is needed.
   */
  authorize(request: ViewerRequest): Promise<boolean>;
  /** Called whenever `state()` changes. */
  stateChanged(state: MediaServerState): void;
}

/** The stream URLs of a camera for viewers. */
export interface ViewerUrls {
  readonly rtsp: string;
  readonly webrtc: string;
  readonly hls: string;
}

/** Streams and records the media. Stores no desired state of its own: the caller configures everything again after each new `epoch`. */
export interface MediaServer extends Lifecycle<readonly [hooks: MediaServerHooks]> {
  readonly name: string;
  readonly supports: { readonly recording: boolean; readonly viewers: boolean };
  /**
   * Starts the server (or begins to monitor an external one) and restarts it when necessary. Resolves when the outcome of the first
   * attempt is known. An unavailable server does not make the start fail; see `state()`.
   * @throws PortError `ADDRESS_IN_USE` or `OPTION_INVALID` for problems that retrying cannot solve.
   */
  start(hooks: MediaServerHooks, signal: AbortSignal): Promise<void>;
  /**
   * Finishes recordings and stops the server if it is managed. If the server is still running when `signal` aborts, it is killed,
   * and the last second of its recordings may be lost.
   */
  stop(signal: AbortSignal): Promise<void>;
  state(): MediaServerState;
  /**
   * Creates or changes the path so that it matches the specification. Repeating the call has no effect; a change of `record` alone
   * disturbs neither viewers nor the publisher. @throws PortError `MEDIA_SERVER_UNREACHABLE` (retryable), `MEDIA_SERVER_REJECTED`.
   */
  ensurePath(name: string, spec: PathSpec, signal: AbortSignal): Promise<void>;
  /** Removes the path and disconnects everyone who uses it; does nothing if it does not exist. @throws like `ensurePath`. */
  removePath(name: string, signal: AbortSignal): Promise<void>;
  /** Lists all configured paths with a single request. @throws PortError `MEDIA_SERVER_UNREACHABLE`. */
  paths(signal: AbortSignal): Promise<readonly PathState[]>;
  /**
   * Disconnects the given viewers and no others. Viewers that have already left or have not connected yet are ignored;
   * `PathState.viewers` lists those still connected. @throws PortError `MEDIA_SERVER_UNREACHABLE`.
   */
  endViewers(viewers: readonly string[], signal: AbortSignal): Promise<void>;
  /** A new URL for publishing to the path, valid for one publisher and a single use. */
  publishUrl(name: string): string;
  /** URLs for viewers, without credentials. @param host the host name that the client used to reach the service. */
  viewerUrls(name: string, host: string): ViewerUrls;
}
