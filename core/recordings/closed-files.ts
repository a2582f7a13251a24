import { isOwn } from './file-plan.js';
import { markOf, type RecordingSession } from './recording-session.js';

/**
 * The files of a recording that nobody writes or measures any more: those before the newest one. While a recording starts or ends
 * there are none.
 */
export function closedFilesOf({ state, files }: RecordingSession): ReadonlySet<string> {
  if (state !== 'RECORDING') return new Set();
  const closed = files.filter(
    ({ durationSeconds }, index) =>
      index < files.length - 2 || (index === files.length - 2 && durationSeconds !== undefined),
  );
  return new Set(closed.map(({ filename }) => filename));
}

/** Tells of any file whether a running recording writes it or still has to complete it. */
export function heldBy(sessions: readonly RecordingSession[]): (filename: string) => boolean {
  const running = sessions.map((session) => ({
    session,
    mark: markOf(session.sessionId),
    closed: closedFilesOf(session),
  }));
  // Most names do not even contain the mark, which is far cheaper to see than what they say.
  return (filename) =>
    running.some(
      ({ session, mark, closed }) =>
        filename.includes(mark) && isOwn(session, filename) && !closed.has(filename),
    );
}
