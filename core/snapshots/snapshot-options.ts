import type { Clock, FileStore, FrameGrabber, Logger, MediaTool } from '../../ports/index.js';
import type { FileIndex } from '../files/file-index.js';
import type { Roster } from '../lifecycle/roster.js';
import type { StreamService } from '../streams/stream-service.js';

export interface SnapshotOptions {
  readonly warmUpFrames: number;
  readonly tapFps: number;
  /** How long the camera stays on after a snapshot that had to start it. */
  readonly lingerMs: number;
  /** How long one picture may take, however many wait for it. */
  readonly timeoutMs: number;
  /** Bytes that must be free for a picture to be stored. */
  readonly reserveBytes: number;
}

export interface SnapshotDeps {
  readonly streams: StreamService;
  readonly grabbers: Roster<FrameGrabber>;
  readonly files: FileStore;
  readonly index: FileIndex;
  readonly tool: MediaTool;
  readonly clock: Clock;
  readonly log: Logger;
}
