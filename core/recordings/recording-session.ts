import type { FramePosition, PathSpec } from '../../ports/index.js';
import type { Gap, GapCause } from '../files/gap.js';

/** Containers that are made from the recorded file when the recording has ended. */
export const REWRITTEN_FORMATS = ['mp4', 'mkv', 'avi'] as const;
export type RewrittenFormat = (typeof REWRITTEN_FORMATS)[number];

/** Containers that a client can ask for. */
export const RECORDING_FORMATS = ['fmp4', 'mpegts', ...REWRITTEN_FORMATS] as const;
export type RecordingFormat = (typeof RECORDING_FORMATS)[number];

export interface SessionFile {
  readonly filename: string;
  /** When its first frame was taken, on the clock of this service, in milliseconds since 1970. */
  readonly startedAt: number;
  /** The same on the monotonic clock of this run; absent for files of an earlier run. */
  readonly begunMs?: number;
  readonly sizeBytes: number;
  /** When it was last seen to be longer than before, on the monotonic clock of this run. */
  readonly grewMs?: number;
  /** Known once the file is closed. */
  readonly durationSeconds?: number;
  /** Present when it was cut from outside while it was written: how many bytes from its beginning are as they were written. */
  readonly wholeBytes?: number;
  /** It is repaired by this service, so that it may become shorter or vanish. */
  readonly isRepaired?: boolean;
  /** How far its frames have been looked at for pauses. */
  readonly read?: FramePosition;
}

/** A recording that does not get on. */
export interface Stall {
  /** Milliseconds since 1970. */
  readonly since: number;
  readonly cause: GapCause;
  /** For people. */
  readonly reason: string;
}

/** One recording from start to stop, over all its files. Plain data: it is kept in the state store while it runs. */
export interface RecordingSession {
  readonly sessionId: string;
  readonly camera: string;
  readonly format: RecordingFormat;
  readonly startedAt: number;
  /** How long it is wanted, in seconds, and when it ends by itself. */
  readonly durationSeconds?: number;
  readonly stopAt?: number;
  readonly state: 'STARTING' | 'RECORDING' | 'STOPPING';
  /** Present while no file grows. */
  readonly stall?: Stall;
  /** In the order in which they were begun. */
  readonly files: readonly SessionFile[];
  readonly gaps: readonly Gap[];
}

/** The container in which the files of a recording are to be rewritten when it has ended. */
export function wishOf({ format }: RecordingSession): RewrittenFormat | undefined {
  return REWRITTEN_FORMATS.find((each) => each === format);
}

/** What the media server writes for a wanted format. */
function writtenFormat(format: RecordingFormat): 'fmp4' | 'mpegts' {
  return format === 'mpegts' ? 'mpegts' : 'fmp4';
}

/** What the media server is told for a recording. */
export function recordOf({ sessionId, format }: RecordingSession): Exclude<PathSpec['record'], false> {
  return { format: writtenFormat(format), mark: markOf(sessionId) };
}

/** The mark in the names of a recording's files: what belongs to it is told by the name, never by a time. */
export function markOf(sessionId: string): string {
  return sessionId.replaceAll(/[^A-Za-z0-9]/g, '').slice(-12);
}
