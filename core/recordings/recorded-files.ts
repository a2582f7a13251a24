import type { FileIndex } from '../files/file-index.js';
import type { Gap } from '../files/gap.js';
import { isOwn } from './file-plan.js';
import type { RecordingSession } from './recording-session.js';
import type { RunningRecordings } from './running-recordings.js';

export interface RecordedFilesDeps {
  readonly sessions: RunningRecordings;
  readonly index: FileIndex;
  /** Called when a running recording has lost frames that were in one of its files. */
  readonly lost: (session: RecordingSession, gap: Gap, filename: string) => void;
}

/** The files of recordings, for whoever examines and repairs them. */
export class RecordedFiles {
  readonly #deps: RecordedFilesDeps;

  constructor(deps: RecordedFilesDeps) {
    this.#deps = deps;
  }

  /** Whether something is being recorded. */
  isBusy(): boolean {
    return this.#deps.sessions.size > 0;
  }

  /** Whether a running recording writes the file, or is not yet done with it. */
  isInUse(filename: string): boolean {
    const session = this.#sessionOf(filename);
    if (!session) return false;
    const place = session.files.findIndex((file) => file.filename === filename);
    const isEarlier = place >= 0 && place < session.files.length - 1;
    // Until it is closed, it is measured for the gap behind it.
    return !isEarlier || this.#deps.index.known('recordings', filename)?.note.isOpen === true;
  }

  /** The file is about to become shorter or to vanish, which is not to be taken for a loss. */
  expectRepair(filename: string): void {
    const session = this.#sessionOf(filename);
    if (!session) return;
    const files = session.files.map((file) =>
      file.filename === filename ? { ...file, isRepaired: true } : file,
    );
    this.#deps.sessions.update(session, { files });
  }

  /** Frames are lost that were in a file of a recording, which may be over. */
  async lost(sessionId: string, filename: string, gap: Gap): Promise<void> {
    const { index, sessions, lost } = this.#deps;
    const files = index.noted(sessionId);
    // The gap is told with the file, or with the one that goes on after it.
    const file =
      files.find((each) => each.filename === filename) ??
      files.find(({ startedAt }) => startedAt >= gap.from) ??
      files.at(-1);
    if (file) await index.note('measured', file.filename, { gaps: [...(file.note.gaps ?? []), gap] });
    const session = sessions.all().find((each) => each.sessionId === sessionId);
    const updated = session && sessions.update(session, { gaps: [...session.gaps, gap] });
    if (updated) lost(updated, gap, file?.filename ?? filename);
  }

  #sessionOf(filename: string): RecordingSession | undefined {
    return this.#deps.sessions.all().find((session) => isOwn(session, filename));
  }
}
