import type { StoredFile } from '../../ports/index.js';
import { parseFileName } from '../files/file-names.js';
import type { Gap, RecordingSession, SessionFile } from './session.js';

/** The media server stamps a file with the time of its first picture, which may be a little before the call. */
const STAMP_SLACK_MS = 2_000;
/** Shorter holes are the rounding of file names and durations, not missing pictures. */
const GAP_FLOOR_MS = 700;

/**
 * Finds the files of a running recording in a listing: those of its camera that began after it did.
 * @param ignored names that were there before.
 */
export function filesOf(
  session: RecordingSession,
  listing: readonly StoredFile[],
  ignored: ReadonlySet<string>,
): readonly SessionFile[] {
  const found = listing.flatMap((file): SessionFile[] => {
    const name = parseFileName(file.filename);
    const startedAt = name?.startedAt;
    if (name?.camera !== session.camera || startedAt === undefined || ignored.has(file.filename)) return [];
    if (startedAt < session.startedAt - STAMP_SLACK_MS || file.sizeBytes === 0) return [];
    const known = session.files.find((each) => each.filename === file.filename);
    const duration = known?.durationSeconds;
    return [
      {
        filename: file.filename,
        startedAt,
        sizeBytes: file.sizeBytes,
        ...(duration === undefined ? {} : { durationSeconds: duration }),
      },
    ];
  });
  return found.sort((a, b) => a.startedAt - b.startedAt);
}

/** The hole between a closed file and the one after it, if it is one. */
export function gapBetween(closed: SessionFile, next: SessionFile): Gap | undefined {
  if (closed.durationSeconds === undefined) return undefined;
  const from = Math.round(closed.startedAt + closed.durationSeconds * 1_000);
  return next.startedAt - from >= GAP_FLOOR_MS ? { from, to: next.startedAt } : undefined;
}

/** Seconds of pictures in all files. @param now for a file that is still being written. */
export function recordedSeconds(session: RecordingSession, now: number): number {
  const parts = session.files.map(
    (file) => file.durationSeconds ?? Math.max(0, (now - file.startedAt) / 1_000),
  );
  return Math.round(parts.reduce((sum, part) => sum + part, 0) * 1_000) / 1_000;
}

export function totalBytes(session: RecordingSession): number {
  return session.files.reduce((sum, file) => sum + file.sizeBytes, 0);
}
