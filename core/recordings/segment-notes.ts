import type { Clock } from '../../ports/index.js';
import type { FileIndex } from '../files/file-index.js';
import type { IndexedFile } from '../files/file-note.js';
import type { Gap } from '../files/gap.js';
import { markOf, recordOf, type RecordingSession, type SessionFile } from './recording-session.js';

/** How often it is noted that a file has grown. What a power cut takes away is seen by it. */
const GREW_MS = 10_000;

/** Notes in the history what becomes of the files of running recordings, and tells it to the next run. */
export class SegmentNotes {
  readonly #index: FileIndex;
  readonly #clock: Clock;
  readonly #grewMs = new Map<string, number>();

  constructor({ index, clock }: { readonly index: FileIndex; readonly clock: Clock }) {
    this.#index = index;
    this.#clock = clock;
  }

  /** @param gap what is missing before the file. */
  async opened(session: RecordingSession, file: SessionFile, gap?: Gap): Promise<void> {
    const { camera, sessionId } = session;
    const { startedAt, sizeBytes } = file;
    const { format } = recordOf(session);
    await this.#index.note('opened', file.filename, {
      ...{ camera, sessionId, format, startedAt, isOpen: true, seenBytes: sizeBytes },
      ...(gap === undefined ? {} : { gaps: [gap] }),
    });
  }

  async closed(
    session: RecordingSession,
    { filename, sizeBytes, durationSeconds }: SessionFile,
  ): Promise<void> {
    this.#grewMs.delete(session.camera);
    const measured = durationSeconds === undefined ? {} : { durationSeconds };
    await this.#index.note('closed', filename, { isOpen: false, seenBytes: sizeBytes, ...measured });
  }

  /** Called at each look at the file that is written. */
  grew({ camera }: RecordingSession, { filename, sizeBytes }: SessionFile): void {
    const now = this.#clock.monotonicMs();
    const before = this.#grewMs.get(camera);
    if (before !== undefined && now - before < GREW_MS) return;
    this.#grewMs.set(camera, now);
    if (before !== undefined) void this.#index.note('grew', filename, { seenBytes: sizeBytes });
  }

  /** Frames are missing inside a file. */
  gap({ sessionId }: RecordingSession, filename: string, gap: Gap): void {
    const file = this.#index.noted(sessionId).find((each) => each.filename === filename);
    void this.#index.note('measured', filename, { gaps: [...(file?.note.gaps ?? []), gap] });
  }

  /** The recording is over. */
  over(session: RecordingSession): void {
    this.#grewMs.delete(session.camera);
    this.#index.leave({ camera: session.camera, mark: markOf(session.sessionId) });
  }

  /** A recording of an earlier run with the files and gaps that were noted since it was stored. */
  restored(session: RecordingSession): RecordingSession {
    const known = new Map(session.files.map((file) => [file.filename, file]));
    const gaps = new Map(session.gaps.map((gap) => [gap.from, gap]));
    for (const file of this.#index.noted(session.sessionId)) {
      known.set(file.filename, { ...known.get(file.filename), ...sessionFile(file) });
      for (const gap of file.note.gaps ?? []) gaps.set(gap.from, gap);
    }
    return {
      ...session,
      files: [...known.values()],
      gaps: [...gaps.values()].sort((a, b) => a.from - b.from),
    };
  }
}

function sessionFile({ filename, startedAt, sizeBytes, note }: IndexedFile): SessionFile {
  const { durationSeconds } = note;
  return {
    ...{ filename, startedAt, sizeBytes },
    ...(durationSeconds === undefined ? {} : { durationSeconds }),
  };
}
