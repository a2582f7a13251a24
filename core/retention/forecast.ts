import type { IndexedFile } from '../files/file-note.js';
import { endOf, isOwnRecording } from './observe.js';
import { DAY_MS } from './policy.js';

/** The rate is that of the last day or, if nothing was recorded in it, of the last week. */
const WINDOWS_MS = [DAY_MS, 7 * DAY_MS];
/** Less than this of history says nothing about a day. */
const SHORTEST_MS = 600_000;

export interface Forecast {
  /** Recordings, those that begin first before the others. */
  readonly files: readonly IndexedFile[];
  /** What may still be used before recordings stop. */
  readonly usableBytes: number;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * For how many days the free space lasts at the rate at which this service has really recorded: the bytes of the last day, of files
 * that reach into it in proportion to their time, over the time since the oldest recording that is still there, a day at most.
 * Recordings that were deleted do not make the rate look smaller: they are the oldest ones. Without anything recorded within a day,
 * the same of the last week.
 * @returns `undefined` when nothing was recorded within a week, or the oldest recording is less than ten minutes old.
 */
export function daysLeft({ files, usableBytes, now }: Forecast): number | undefined {
  for (const windowMs of WINDOWS_MS) {
    const { bytes, spanMs } = recordedWithin(files, { from: now - windowMs, now });
    if (bytes > 0 && spanMs >= SHORTEST_MS) return Math.max(0, usableBytes) / ((bytes / spanMs) * DAY_MS);
  }
  return undefined;
}

function recordedWithin(
  files: readonly IndexedFile[],
  { from, now }: { readonly from: number; readonly now: number },
): { readonly bytes: number; readonly spanMs: number } {
  const oldest = files.find(isOwnRecording)?.startedAt ?? now;
  let bytes = 0;
  for (const file of files) {
    const [begins, ends] = [file.startedAt, Math.min(now, endOf(file))];
    if (ends <= from || begins >= now || !isOwnRecording(file)) continue;
    bytes += file.sizeBytes * ((ends - Math.max(begins, from)) / Math.max(1, ends - begins));
  }
  return { bytes, spanMs: now - Math.max(from, oldest) };
}
