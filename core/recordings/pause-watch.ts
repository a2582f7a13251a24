import type { Clock, FileStore, Logger, MediaTool } from '../../ports/index.js';
import { withDeadline } from '../lifecycle/deadline.js';
import type { Gap } from '../files/gap.js';
import type { RecordingSession, SessionFile } from './recording-session.js';
import type { RunningRecordings } from './running-recordings.js';

export interface PauseWatchDeps {
  readonly files: FileStore;
  readonly tool: MediaTool;
  readonly sessions: RunningRecordings;
  readonly clock: Clock;
  readonly log: Logger;
  /** Called for each gap that is found inside a file. */
  readonly found: (session: RecordingSession, gap: Gap, filename: string) => void;
}

const SHORTEST_GAP_SECONDS = 1;
/** A pause of this many frame intervals is one; fewer are the jitter of a slow frame rate. */
const GAP_INTERVALS = 5;
/** Gaps whose beginnings are nearer than this are one that was found twice. */
const SAME_MS = 100;
const READ_LIMIT_MS = 15_000;

/** Finds where frames are missing inside the files of recordings, by the timestamps of the media itself. */
export class PauseWatch {
  readonly #deps: PauseWatchDeps;

  constructor(deps: PauseWatchDeps) {
    this.#deps = deps;
  }

  /** Reads what has come to the newest file of each recording. */
  async look(): Promise<void> {
    for (const session of this.#deps.sessions.all()) {
      const last = session.files.at(-1);
      if (last) await this.read(session, last.filename);
    }
  }

  /** Reads what has come to a file. A file that cannot be read is passed over: whoever measures it says so. */
  async read(session: RecordingSession, filename: string): Promise<void> {
    const { files, tool, clock, sessions, log } = this.#deps;
    const file = fileOf(sessions.get(session.camera) ?? session, filename);
    if (!file || !files.supports.paths) return;
    const path = `${files.directory('recordings')}/${filename}`;
    try {
      const read = (signal: AbortSignal) => tool.frames(path, file.read, signal);
      const { pauses, position } = await withDeadline(clock, READ_LIMIT_MS, read);
      const limit = Math.max(SHORTEST_GAP_SECONDS, GAP_INTERVALS * position.interval);
      const gaps = pauses.filter(({ seconds }) => seconds > limit).map((pause) => gapOf(file, pause));
      this.#take(session, { ...file, read: position }, gaps);
    } catch (cause) {
      log.debug('the frames of a recording could not be read', { file: filename, cause });
    }
  }

  #take(session: RecordingSession, read: SessionFile, gaps: readonly Gap[]): void {
    const { sessions, found } = this.#deps;
    const before = sessions.get(session.camera);
    if (before?.sessionId !== session.sessionId) return;
    const isNew = (gap: Gap): boolean =>
      before.gaps.every((known) => Math.abs(known.from - gap.from) > SAME_MS);
    const news = gaps.filter(isNew);
    const files = before.files.map((file) =>
      file.filename === read.filename && read.read ? { ...file, read: read.read } : file,
    );
    const updated = sessions.update(before, { files, gaps: [...before.gaps, ...news] });
    if (updated) for (const gap of news) found(updated, gap, read.filename);
  }
}

function fileOf({ files }: RecordingSession, filename: string): SessionFile | undefined {
  return files.find((file) => file.filename === filename);
}

function gapOf(file: SessionFile, pause: { readonly atSeconds: number; readonly seconds: number }): Gap {
  const from = Math.round(file.startedAt + pause.atSeconds * 1_000);
  return { from, to: Math.round(from + pause.seconds * 1_000), cause: 'source' };
}
