import type { Capture, Clock, Logger, MediaServer } from '../../ports/index.js';
import type { CameraRegistry } from '../cameras/registry.js';
import type { Roster } from '../lifecycle/roster.js';

export interface StreamOptions {
  /** Time for which a camera keeps running after its last viewer has left. */
  readonly idleTimeoutMs: number;
  /** How long a viewer who was let in may take to appear among the readers. */
  readonly viewerGraceMs: number;
  /** How long a `start_streaming` call keeps the camera on. */
  readonly autoCloseMs: number;
  /** How long the camera stays on after a snapshot that had to start it. */
  readonly snapshotLingerMs: number;
  /** A running camera without a new picture for this long is frozen: it is ended by force and started again. */
  readonly stallTimeoutMs: number;
  /** How long the first picture may take. */
  readonly startTimeoutMs: number;
  /** Time for a capture process to stop by itself before it is killed. */
  readonly stopGraceMs: number;
  readonly retryFirstMs: number;
  readonly retryMaxMs: number;
  /** Pictures per second for snapshots, where they cost encoding. */
  readonly tapFps: number;
  /** Interval at which the media server is asked for its viewers. */
  readonly pollMs: number;
  /** Cameras that are always on; `*` means all. */
  readonly prewarm: readonly string[];
}

export interface StreamDeps {
  readonly registry: CameraRegistry;
  readonly captures: Roster<Capture>;
  readonly media: MediaServer;
  readonly clock: Clock;
  readonly log: Logger;
}
