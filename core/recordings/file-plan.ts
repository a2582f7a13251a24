import type { StoredFile } from '../../ports/index.js';
import { parseFileName } from '../files/file-names.js';
import type { Wanted } from '../files/file-index.js';
import { type Gap, type GapCause } from '../files/gap.js';
import { markOf, type RecordingSession, type SessionFile } from './recording-session.js';

/** Shorter holes are jitter between arrival times and frame times; no restart of anything is as quick. */
const GAP_FLOOR_MS = 300;
/** What a file is late by when it is first seen: a part of it is written, and then looked for. */
const USUAL_LAG_MS = 1_000;
const LONGEST_LAG_MS = 3_000;
/** A clock that is read by two processes may seem to run backwards a little. */
const SLACK_MS = 500;

/** One look at the folder, on both clocks. */
export interface Look {
  readonly listing: readonly StoredFile[];
  readonly wallMs: number;
  readonly monotonicMs: number;
  /** Since the look before it. What is seen late may have begun as much earlier. */
  readonly sinceMs: number;
}

/** Whether a file is one of the recording: its name carries the recording's mark. */
export function isOwn(session: RecordingSession, filename: string): boolean {
  const name = parseFileName(filename);
  return name?.camera === session.camera && name.mark === markOf(session.sessionId);
}

/** What the index is asked for, to find the files of a recording. */
export function wantedOf({ camera, sessionId, files }: RecordingSession): Wanted {
  const last = files.at(-1);
  return { camera, mark: markOf(sessionId), written: last === undefined ? [] : [last.filename] };
}

/** The files of a recording as a look finds them, in the order in which they were begun. */
export function filesOf(session: RecordingSession, look: Look): readonly SessionFile[] {
  const names = new Set(session.files.map(({ filename }) => filename));
  // A known one without a byte was emptied from outside, and is no other one when it grows again.
  const counts = ({ filename, sizeBytes }: StoredFile): boolean => sizeBytes > 0 || names.has(filename);
  const own = look.listing.filter((file) => counts(file) && isOwn(session, file.filename));
  const found = new Map(own.map((file) => [file.filename, file]));
  const known = session.files.flatMap((file) => {
    const sizeBytes = found.get(file.filename)?.sizeBytes;
    found.delete(file.filename);
    return sizeBytes === undefined ? [] : [{ ...file, sizeBytes }];
  });
  // Several at once were written by one server, whose names are in their order.
  const added = [...found.values()].sort((a, b) => (a.filename < b.filename ? -1 : 1));
  const files = [...known];
  for (const file of added) files.push(placed(file, files.at(-1), look));
  return files;
}

/**
 * Puts a file that is seen for the first time on the clocks of this service. The time in its name is exact, but of another process,
 * whose clock may be set otherwise: it counts as far as it agrees with what was seen here.
 */
function placed(file: StoredFile, previous: SessionFile | undefined, look: Look): SessionFile {
  const { filename, sizeBytes } = file;
  const stamp = parseFileName(filename)?.startedAt ?? look.wallMs - USUAL_LAG_MS;
  const offsets = [previous === undefined ? 0 : offsetOf(previous), 0];
  const isLikely = (offset: number): boolean => {
    const lag = look.wallMs - (stamp + offset);
    return lag >= -SLACK_MS && lag <= LONGEST_LAG_MS + look.sinceMs;
  };
  const offset = offsets.find(isLikely);
  const startedAt = offset === undefined ? look.wallMs - USUAL_LAG_MS : stamp + offset;
  return { filename, startedAt, sizeBytes, begunMs: look.monotonicMs - (look.wallMs - startedAt) };
}

/** How far the clock of this service was ahead of the one in the names. */
function offsetOf(file: SessionFile): number {
  return file.startedAt - (parseFileName(file.filename)?.startedAt ?? file.startedAt);
}

/** Names of all files that a recording has begun and that hold nothing. */
export function emptyFilesOf(session: RecordingSession, listing: readonly StoredFile[]): readonly string[] {
  return listing.flatMap(({ filename, sizeBytes }) =>
    sizeBytes === 0 && isOwn(session, filename) ? [filename] : [],
  );
}

/** The hole between a closed file and the one after it, if it is one. */
export function gapBetween(closed: SessionFile, next: SessionFile, cause: GapCause): Gap | undefined {
  if (closed.durationSeconds === undefined) return undefined;
  // Between files of one run the wall clock does not count: it may have been set.
  const passed =
    closed.begunMs === undefined || next.begunMs === undefined
      ? next.startedAt - closed.startedAt
      : next.begunMs - closed.begunMs;
  // The clock was set back while the service was down: that frames are missing is certain, how many nobody knows.
  if (passed < 0 && cause === 'service') return { from: next.startedAt, to: next.startedAt, cause };
  const missing = missingOf(closed, closed.durationSeconds, passed);
  return missing >= GAP_FLOOR_MS ? { from: next.startedAt - missing, to: next.startedAt, cause } : undefined;
}

/**
 * Milliseconds that are missing at the end of a file. A cut inside a frame leaves the structure of the file as it was, and with it
 * the duration that it tells: then the bytes that are whole tell how much of the time is there.
 */
function missingOf({ wholeBytes, sizeBytes }: SessionFile, seconds: number, passed: number): number {
  const missing = Math.round(passed - seconds * 1_000);
  if (wholeBytes === undefined) return missing;
  const lost = Math.round(passed * (1 - wholeBytes / Math.max(sizeBytes, wholeBytes, 1)));
  return Math.max(missing, lost, GAP_FLOOR_MS);
}

/** Seconds of frames in all files. @param nowMs monotonic time, for a file that is still being written. */
export function recordedSeconds({ files, stall }: RecordingSession, nowMs: number): number {
  const parts = files.map((file, index) => {
    if (file.durationSeconds !== undefined) return file.durationSeconds;
    const next = files[index + 1];
    const last = stall === undefined ? nowMs : file.grewMs;
    const end = (next === undefined ? last : next.begunMs) ?? nowMs;
    return Math.max(0, (end - (file.begunMs ?? end)) / 1_000);
  });
  return Math.round(parts.reduce((sum, part) => sum + part, 0) * 1_000) / 1_000;
}

export function totalBytes(session: RecordingSession): number {
  return session.files.reduce((sum, file) => sum + file.sizeBytes, 0);
}
