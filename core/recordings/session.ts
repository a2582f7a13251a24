/** Containers that a client can ask for. The last two are made from the recorded file when the recording ends. */
export type RecordingFormat = 'fmp4' | 'mpegts' | 'mp4' | 'mkv';

/** Pictures are missing between two files of one recording. Milliseconds since 1970. */
export interface Gap {
  readonly from: number;
  readonly to: number;
}

export interface SessionFile {
  readonly filename: string;
  readonly startedAt: number;
  readonly sizeBytes: number;
  /** Known once the file is closed. */
  readonly durationSeconds?: number;
}

/** One recording from start to stop, over all its files. Plain data: it is kept in the state store while it runs. */
export interface RecordingSession {
  readonly sessionId: string;
  readonly camera: string;
  readonly format: RecordingFormat;
  readonly startedAt: number;
  /** When it ends by itself. */
  readonly stopAt?: number;
  readonly state: 'STARTING' | 'RECORDING' | 'STOPPING';
  readonly files: readonly SessionFile[];
  readonly gaps: readonly Gap[];
}

/** What the media server writes for a wanted format. */
export function writtenFormat(format: RecordingFormat): 'fmp4' | 'mpegts' {
  return format === 'mpegts' ? 'mpegts' : 'fmp4';
}

/** True for documents that were written by an earlier run. */
export function isStoredSession(value: unknown): value is RecordingSession {
  const session = value as Partial<RecordingSession> | null;
  return (
    typeof session?.sessionId === 'string' &&
    typeof session.camera === 'string' &&
    typeof session.startedAt === 'number' &&
    Array.isArray(session.files) &&
    Array.isArray(session.gaps)
  );
}
