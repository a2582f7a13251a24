import type { StoredFile } from '../../ports/index.js';
import { parseFileName } from '../files/file-names.js';
import type { Gap, RecordingSession, SessionFile } from './session.js';

/** The media server stamps a file with the time of its first picture, which may be a little before the call. */
const STAMP_SLACK_MS = 2_000;
/** Shorter holes are jitter between arrival times and picture times; no restart of anything is as quick. */
const GAP_FLOOR_MS = 300;

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
    const startedAt = file.sizeBytes === 0 ? undefined : beginning(session, file, ignored);
    if (startedAt === undefined) return [];
    const { filename, sizeBytes } = file;
    const known = session.files.find((each) => each.filename === filename);
    const duration = known?.durationSeconds;
    const measured = duration === undefined ? {} : { durationSeconds: duration };
    return [{ filename, startedAt, sizeBytes, ...measured }];
  });
  return found.sort((a, b) => a.startedAt - b.startedAt);
}

/** Names of all files that a recording has begun, also of those without a byte. */
export function leftoversOf(
  session: RecordingSession,
  listing: readonly StoredFile[],
  ignored: ReadonlySet<string>,
): readonly string[] {
  return listing.flatMap((file) => (beginning(session, file, ignored) === undefined ? [] : [file.filename]));
}

/** When a file begins, if it is one of the recording. */
function beginning(
  session: RecordingSession,
  file: StoredFile,
  ignored: ReadonlySet<string>,
): number | undefined {
  const name = parseFileName(file.filename);
  if (name?.camera !== session.camera || name.startedAt === undefined) return undefined;
  if (ignored.has(file.filename) || name.startedAt < session.startedAt - STAMP_SLACK_MS) return undefined;
  return name.startedAt;
}

/** The hole between a closed file and the one after it, if it is one. */
export function gapBetween(closed: SessionFile, next: SessionFile): Gap | undefined {
  if (closed.durationSeconds === undefined) return undefined;
  const from = Math.round(closed.startedAt + closed.durationSeconds * 1_000);
  return next.startedAt - from >= GAP_FLOOR_MS ? { from, to: next.startedAt } : undefined;
}

/** All holes between the files of a recording. */
export function gapsOf(files: readonly SessionFile[]): readonly Gap[] {
  return files.flatMap((file, index) => {
    const next = files[index + 1];
    return (next && gapBetween(file, next)) ?? [];
  });
}

/** Seconds of pictures in all files. @param now for a file that is still being written. */
export function recordedSeconds({ files }: RecordingSession, now: number): number {
  const parts = files.map((file, index) => {
    const end = files[index + 1]?.startedAt ?? now;
    return file.durationSeconds ?? Math.max(0, (end - file.startedAt) / 1_000);
  });
  return Math.round(parts.reduce((sum, part) => sum + part, 0) * 1_000) / 1_000;
}

export function totalBytes(session: RecordingSession): number {
  return session.files.reduce((sum, file) => sum + file.sizeBytes, 0);
}
