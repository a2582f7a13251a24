import type { Clock, FileStore, Logger, MediaServer, MediaTool, StateStore } from '../../ports/index.js';
import type { Camera } from '../cameras/camera.js';
import type { ServiceError } from '../errors/service-error.js';
import type { HealthBoard } from '../health/health-board.js';
import type { FileIndex } from '../files/file-index.js';
import type { Digest } from '../state/kept-document.js';
import type { StreamService } from '../streams/stream-service.js';
import type { Gap } from '../files/gap.js';
import type { JobBoard } from '../jobs/job-board.js';
import type { Conversion } from './conversions.js';
import type { RecordingFormat, RecordingSession } from './recording-session.js';

export interface RecordingOptions {
  /** How long a start may take until its first bytes are on disk. */
  readonly startTimeoutMs: number;
  /** Bytes that must be free for a recording to start. */
  readonly reserveBytes: number;
  readonly progressMs: number;
  /** Interval at which the files of running recordings are checked. */
  readonly watchMs: number;
  /** A recording whose file has not grown for so long is stalled. */
  readonly stallMs: number;
  /** How long the end of a recording waits until its files are rewritten in another container. */
  readonly convertWaitMs: number;
}

export interface RecordingDeps {
  readonly streams: StreamService;
  readonly media: MediaServer;
  readonly files: FileStore;
  readonly index: FileIndex;
  readonly tool: MediaTool;
  readonly jobs: JobBoard;
  readonly state: StateStore;
  readonly board: Pick<HealthBoard, 'set'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly digest: Digest;
  /** @returns an identifier that is never given twice. */
  newId(): string;
}

export type RecordingChange =
  | {
      readonly type: 'started' | 'progress';
      readonly session: RecordingSession;
      readonly seconds: number;
    }
  | { readonly type: 'gap'; readonly session: RecordingSession; readonly gap: Gap; readonly filename: string }
  | {
      readonly type: 'stopped';
      readonly session: RecordingSession;
      readonly seconds: number;
      readonly reason: string;
    }
  | { readonly type: 'stalled'; readonly session: RecordingSession; readonly error: ServiceError }
  | { readonly type: 'failed'; readonly camera: string; readonly error: ServiceError };

export interface StartRequest {
  readonly camera: Camera;
  readonly format?: RecordingFormat | undefined;
  readonly durationSeconds?: number | undefined;
}

export interface StoppedRecording {
  readonly session: RecordingSession;
  /** Present when another container was asked for than the one that is recorded. */
  readonly conversion?: Conversion;
  readonly endedAt: number;
  readonly seconds: number;
  readonly sizeBytes: number;
}
