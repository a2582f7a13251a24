import type {
  Clock,
  FileKind,
  FileStore,
  Logger,
  MediaFacts,
  SegmentLog,
  StateStore,
  StoredFile,
} from '../../ports/index.js';
import { FileFolder } from './file-folder.js';
import { FileJournal } from './file-journal.js';
import { describeFile, type FileNote, type IndexedFile } from './file-note.js';
import { parseFileName } from './file-names.js';
import { FileShelf } from './file-shelf.js';
import type { Gap } from './gap.js';
import { Listeners } from '../lifecycle/listeners.js';

/** What is kept of a recording when its files are closed. */
export interface FinishedRecording {
  readonly sessionId: string;
  readonly camera: string;
  readonly format: string;
  /** The container in which its files are to be rewritten. */
  readonly convertTo?: FileNote['convertTo'];
  readonly files: readonly {
    readonly filename: string;
    /** Milliseconds since 1970. */
    readonly startedAt: number;
    readonly durationSeconds?: number;
  }[];
  readonly gaps: readonly Gap[];
}

/** A recording whose files are looked for. */
export interface Wanted {
  readonly camera: string;
  /** What the names of its files carry. */
  readonly mark: string;
  /** The files that are being written: they are looked at in any case. */
  readonly written: readonly string[];
}

export interface FileIndexDeps {
  readonly files: FileStore;
  readonly segments: SegmentLog;
  readonly state: StateStore;
  readonly clock: Clock;
  readonly log: Logger;
}

const KINDS: readonly FileKind[] = ['recordings', 'snapshots'];
/** How often names are compared with the folder, in case an event was lost. */
const SWEEP_MS = 60_000;

/**
 * Knows all files: what the disk says of them, and what was noted of them. The folders are listed once, at the start; from then on
 * the store reports what changes.
 */
export class FileIndex {
  /** Files as they are found, change, or become better known; far more often than they change. */
  readonly changes: Listeners<IndexedFile>;
  readonly #files: FileStore;
  readonly #journal: FileJournal;
  readonly #shelves: Readonly<Record<FileKind, FileShelf>>;
  readonly #folders: Readonly<Record<FileKind, FileFolder>>;

  constructor(deps: FileIndexDeps) {
    this.#files = deps.files;
    this.changes = new Listeners(deps.log);
    this.#journal = new FileJournal(deps);
    const shelves = (this.#shelves = { recordings: new FileShelf(), snapshots: new FileShelf() });
    const folder = (kind: FileKind): FileFolder =>
      new FileFolder({
        kind,
        files: deps.files,
        clock: deps.clock,
        log: deps.log,
        found: (file) => this.#put(file),
        gone: (filename) => shelves[kind].drop(filename),
        names: () => shelves[kind].names(),
      });
    this.#folders = { recordings: folder('recordings'), snapshots: folder('snapshots') };
  }

  /** Reads what is known and what is there. @throws PortError `STORAGE_FAILED`; the signal's reason. */
  async load(signal: AbortSignal = NEVER): Promise<void> {
    await this.#journal.load(signal);
    await Promise.all(KINDS.map((kind) => this.#folders[kind].start()));
    await this.#tidy();
  }

  stop(): void {
    for (const kind of KINDS) this.#folders[kind].stop();
  }

  /** Compares what is known with the folders, now and then. @throws PortError `STORAGE_FAILED`. */
  async sweep(): Promise<void> {
    await Promise.all(KINDS.map((kind) => this.#folders[kind].sweep(SWEEP_MS)));
    await this.#tidy();
  }

  /** A file as it was found last, without a look at the disk. */
  known(kind: FileKind, filename: string): IndexedFile | undefined {
    return this.#shelves[kind].get(filename);
  }

  /** All files of a kind as they were found last, in no particular order. */
  allKnown(kind: FileKind): Iterable<IndexedFile> {
    return this.#shelves[kind].values();
  }

  /** All files of a kind, as they were at most a moment ago, those that begin first before the others. */
  async all(kind: FileKind): Promise<readonly IndexedFile[]> {
    await this.#folders[kind].settle();
    return this.#shelves[kind].ordered();
  }

  /** One file, as it is now. @throws PortError `FILE_NOT_FOUND`, `FILE_NAME_INVALID`, `STORAGE_FAILED`. */
  async get(kind: FileKind, filename: string): Promise<IndexedFile> {
    return this.#put(await this.#files.stat(kind, filename));
  }

  /** Lists the folder again. Callers at the same time share it. */
  async refresh(kind: FileKind): Promise<void> {
    await this.#folders[kind].refresh();
  }

  /**
   * The files of running recordings, as they are now, without a look at any other file.
   * @param sweepMs how long ago the names may have been compared with the folder.
   */
  async written(wanted: readonly Wanted[], sweepMs = SWEEP_MS): Promise<readonly StoredFile[]> {
    const folder = this.#folders.recordings;
    await folder.sweep(sweepMs);
    await Promise.all(wanted.flatMap(({ written }) => written.map((filename) => folder.look(filename))));
    return wanted.flatMap(({ camera, mark }) => this.#shelves.recordings.own(camera, mark));
  }

  /** The recording is over: its files are not kept apart any more. */
  leave({ camera, mark }: Pick<Wanted, 'camera' | 'mark'>): void {
    this.#shelves.recordings.unfollow(camera, mark);
  }

  /** Takes in a picture that has just been stored. A name that a client chose does not tell which camera it is of, nor does one that was another's. */
  addSnapshot(file: StoredFile, camera: string): void {
    const known =
      this.#journal.of('snapshots', file.filename)?.camera ?? parseFileName(file.filename)?.camera;
    if (known !== camera)
      void this.#journal.add([
        { type: 'closed', kind: 'snapshots', filename: file.filename, facts: { camera } },
      ]);
    this.#put(file);
  }

  /** A file of a recording was begun, is longer than before, is complete, or was examined. */
  async note(
    type: 'opened' | 'grew' | 'closed' | 'measured' | 'repaired',
    filename: string,
    facts: FileNote,
  ): Promise<void> {
    await this.#journal.add([{ type, kind: 'recordings', filename, facts }]);
    const file = this.#shelves.recordings.get(filename);
    if (file) this.#put(file);
  }

  /** A recording was examined on request. What is still being written, or has not changed, is not noted. */
  async measured(file: IndexedFile, facts: MediaFacts): Promise<void> {
    const { codec, width, height, durationSeconds, hasKlv } = facts;
    const { note, filename } = file;
    if (note.isOpen === true || (note.codec === codec && note.durationSeconds !== undefined)) return;
    const klv = hasKlv === undefined ? {} : { hasKlv };
    await this.note('measured', filename, { codec, width, height, durationSeconds, ...klv });
  }

  /** What is known of the files of a recording that are there, in the order in which they were begun. */
  noted(sessionId: string): readonly IndexedFile[] {
    return [...this.#journal.session(sessionId)].flatMap((name) => this.#shelves.recordings.get(name) ?? []);
  }

  async addRecording(recording: FinishedRecording): Promise<void> {
    const { sessionId, camera, format, convertTo } = recording;
    const wish = convertTo === undefined ? {} : { convertTo };
    const events = recording.files.map(({ filename, startedAt, durationSeconds }, index) => {
      const gaps = gapsAt(recording, index);
      const measured = durationSeconds === undefined ? {} : { durationSeconds };
      const missing = gaps.length > 0 ? { gaps } : {};
      const facts = { camera, sessionId, format, ...measured, startedAt, ...missing, ...wish, isOpen: false };
      return { type: 'closed', kind: 'recordings', filename, facts } as const;
    });
    await this.#journal.add(events);
    await Promise.all(events.map(({ filename }) => this.#folders.recordings.look(filename)));
  }

  /**
   * A recording was rewritten in another container: what is known of it belongs to the new file, and the original is removed.
   * @param to may be the same name. @throws PortError as `FileStore.remove`.
   */
  async rewritten(filename: string, to: string, format: string): Promise<void> {
    const { convertTo: _done, seenBytes: _of, ...known } = this.#journal.of('recordings', filename) ?? {};
    await this.note('closed', to, { ...known, format, convertTo: null });
    if (to !== filename) await this.remove('recordings', filename);
    await this.#folders.recordings.look(to);
  }

  /** Removes a file and what is known of it. @throws PortError as `FileStore.remove`. */
  async remove(kind: FileKind, filename: string): Promise<void> {
    await this.#files.remove(kind, filename);
    this.#shelves[kind].drop(filename);
    if (this.#journal.of(kind, filename)) void this.#journal.add([{ type: 'deleted', kind, filename }]);
  }

  /** Moves a recording in which nothing can be kept out of the way; what is known of it is kept. @throws PortError as `FileStore.quarantine`. */
  async quarantine(filename: string, facts: FileNote): Promise<void> {
    await this.#files.quarantine('recordings', filename);
    this.#shelves.recordings.drop(filename);
    await this.#journal.add([{ type: 'repaired', kind: 'recordings', filename, facts }]);
  }

  async #tidy(): Promise<void> {
    await this.#journal.tidy((kind, filename) => this.#shelves[kind].get(filename) !== undefined);
  }

  #put(file: StoredFile): IndexedFile {
    const entry = describeFile(file, this.#journal.of(file.kind, file.filename));
    this.#shelves[file.kind].put(entry);
    this.changes.emit(entry);
    return entry;
  }
}

const NEVER = new AbortController().signal;

/** The gaps of a recording that belong to one of its files: each to the file that goes on after it, or to the last one. */
function gapsAt({ files, gaps }: FinishedRecording, index: number): readonly Gap[] {
  const from = index === 0 ? -Infinity : (files[index]?.startedAt ?? Infinity);
  const until = files[index + 1]?.startedAt ?? Infinity;
  return gaps.filter((gap) => gap.to >= from && gap.to < until);
}
