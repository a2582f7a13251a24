import type { Lifecycle } from './lifecycle.js';

/** What a path should be. One path per camera, named as the camera: every name of `CAMERA_NAME` is taken, no other. */
export interface PathSpec {
  /**
   * `false`: not recorded. Otherwise the container, and the mark by which the caller knows its files again: they appear in the
   * recordings folder as `<path>_<time>_<mark>.<ext>`. The time is that of the server's own clock and zone, for people to read. Another
   * mark begins another file, at once and without disturbing viewers.
   */
  readonly record: false | { readonly format: 'fmp4' | 'mpegts'; readonly mark: string };
  /** A URL that the media server pulls from; absent when a Capture publishes. May hold credentials. */
  readonly pullUrl?: string;
  /**
   * While nobody publishes, viewers are turned away at once, also those who wait, instead of being held until a publisher comes.
   * Not to be changed while somebody publishes.
   */
  readonly refusesViewers?: boolean;
}

/** What a path is, at one moment. */
export interface PathState {
  readonly name: string;
  /** Pictures can be had from it now. */
  readonly ready: boolean;
  readonly readers: number;
  /** Those of the readers that can be ended one by one, by the name that `ViewerRequest.viewer` gave them. */
  readonly viewers: readonly string[];
  /** Bytes taken in and given out since the stream began. */
  readonly inboundBytes: number;
  readonly outboundBytes: number;
  /** Codec names, such as `H264`. */
  readonly tracks: readonly string[];
}

/** Somebody who wants to see a path, and whatever they showed. */
export interface ViewerRequest {
  readonly path: string;
  readonly protocol: string;
  readonly address: string;
  /** The server's name for this one viewer, for `endViewers`; absent while there is only a question. */
  readonly viewer?: string;
  /** Everything that might be the credential, best first: Bearer token, password, `token` of the query. */
  readonly credentials: readonly string[];
}

export interface MediaServerState {
  /** `ready`: takes calls. `starting`. `down`: with the reason and, when it is being retried, when. */
  readonly status: 'ready' | 'starting' | 'down';
  readonly reason?: string;
  readonly version?: string;
  /** Rises each time the server lost its configuration (it was restarted): everything must be configured again. */
  readonly epoch: number;
}

export interface MediaServerHooks {
  /**
   * May this viewer see the path? Answers from memory within milliseconds and must not call the media server; the viewer is
   * held meanwhile. Also the signal that a picture is wanted.
   */
  authorize(request: ViewerRequest): Promise<boolean>;
  /** Called on each change of `state()`. */
  stateChanged(state: MediaServerState): void;
}

/** Where a camera can be watched. */
export interface ViewerUrls {
  readonly rtsp: string;
  readonly webrtc: string;
  readonly hls: string;
}

/** Streams and records the media. Keeps no wishes of its own: the caller says again what it wants after each new `epoch`. */
export interface MediaServer extends Lifecycle<readonly [hooks: MediaServerHooks]> {
  readonly name: string;
  readonly supports: { readonly recording: boolean; readonly viewers: boolean };
  /**
   * Brings the server up (or begins to watch an external one) and keeps it up by itself. Resolves when the first attempt is
   * decided: a server that is away does not fail the start, `state()` tells.
   * @throws PortError `ADDRESS_IN_USE` or `OPTION_INVALID` for what no retry can mend.
   */
  start(hooks: MediaServerHooks, signal: AbortSignal): Promise<void>;
  /**
   * Closes recordings cleanly and ends the server if it is ours. A server that still runs when `signal` aborts is ended by force,
   * and the last second of its recordings may be lost.
   */
  stop(signal: AbortSignal): Promise<void>;
  state(): MediaServerState;
  /**
   * Makes the path be as the specification says. Repeating it changes nothing; a change of `record` alone disturbs neither viewers
   * nor the publisher. @throws PortError `MEDIA_SERVER_UNREACHABLE` (retryable), `MEDIA_SERVER_REJECTED`.
   */
  ensurePath(name: string, spec: PathSpec, signal: AbortSignal): Promise<void>;
  /** Removes the path and whoever uses it; nothing happens when there is none. @throws as `ensurePath`. */
  removePath(name: string, signal: AbortSignal): Promise<void>;
  /** All configured paths, with one request. @throws PortError `MEDIA_SERVER_UNREACHABLE`. */
  paths(signal: AbortSignal): Promise<readonly PathState[]>;
  /**
   * Ends viewers who were let in, and nobody else. Those that are gone already or not there yet do no harm: `PathState.viewers`
   * tells who is still there. @throws PortError `MEDIA_SERVER_UNREACHABLE`.
   */
  endViewers(viewers: readonly string[], signal: AbortSignal): Promise<void>;
  /** A new URL to publish the path to, good for one publisher, once. */
  publishUrl(name: string): string;
  /** A new URL to read the path with on this machine, good for a few seconds. */
  readUrl(name: string): string;
  /** URLs for viewers, without credentials. @param host the name by which the client reached the service. */
  viewerUrls(name: string, host: string): ViewerUrls;
}
