import type { Clock, FileKind, FileStore, Logger, StateStore, StoredFile } from '../../ports/index.js';
import type { Gap } from './gap.js';
import { formatOf, parseFileName } from './file-names.js';

/** What is known of a file beyond its name, size and dates. Kept over restarts. */
export interface FileNote {
  readonly camera?: string;
  readonly sessionId?: string;
  readonly format?: string;
  readonly durationSeconds?: number;
  /** When it was begun as this service saw it, in milliseconds since 1970. */
  readonly startedAt?: number;
  /** What is missing before and in it. */
  readonly gaps?: readonly Gap[];
}

export interface IndexedFile extends StoredFile {
  /** Empty when nothing tells which camera it is of. */
  readonly camera: string;
  readonly format: string;
  /** When its first picture was taken, in milliseconds since 1970. */
  readonly startedAt: number;
  readonly note: FileNote;
}

/** What is kept of a recording when its files are closed. */
export interface FinishedRecording {
  readonly sessionId: string;
  readonly camera: string;
  readonly format: string;
  readonly files: readonly {
    readonly filename: string;
    /** Milliseconds since 1970. */
    readonly startedAt: number;
    readonly durationSeconds?: number;
  }[];
  readonly gaps: readonly Gap[];
}

const KEY = 'files.notes';
/** A listing that was read within this time is good enough. */
const STALE_MS = 250;
/** A folder that takes longer than this to read is read in the background, and the last listing answers meanwhile. */
const PATIENCE_MS = 30;
/** A listing that is older than this is not used any more, however long it takes to read. */
const OLD_MS = 10_000;
/** Notes about files that are not there any more are dropped when there are this many more of them than files. */
const SPARE_NOTES = 1_000;
/** A file is made within this time after its first frame. */
const SEEN_MS = 3_000;

/** Knows all files of the store without asking the disk for each question. */
export class FileIndex {
  readonly #files: FileStore;
  readonly #state: StateStore;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #entries: Record<FileKind, Map<string, IndexedFile>> = {
    recordings: new Map(),
    snapshots: new Map(),
  };
  readonly #readAt: Record<FileKind, number> = { recordings: -Infinity, snapshots: -Infinity };
  /** How long the last reading took; the first one is waited for whatever it takes. */
  readonly #tookMs: Record<FileKind, number> = { recordings: 0, snapshots: 0 };
  /** Rises with each change that this service makes itself. */
  readonly #revision: Record<FileKind, number> = { recordings: 0, snapshots: 0 };
  readonly #refreshing = new Map<FileKind, Promise<void>>();
  #notes = new Map<string, FileNote>();

  constructor(deps: {
    readonly files: FileStore;
    readonly state: StateStore;
    readonly clock: Clock;
    readonly log: Logger;
  }) {
    this.#files = deps.files;
    this.#state = deps.state;
    this.#clock = deps.clock;
    this.#log = deps.log;
  }

  async load(): Promise<void> {
    try {
      const document = (await this.#state.read(KEY)) as { files?: Record<string, FileNote> } | undefined;
      this.#notes = new Map(Object.entries(document?.files ?? {}));
    } catch (cause) {
      this.#log.error('metadata of files could not be read; durations are measured again', { cause });
    }
    await Promise.all([this.refresh('recordings'), this.refresh('snapshots')]);
  }

  /** All files of a kind, as they were at most a moment ago. */
  async all(kind: FileKind): Promise<Iterable<IndexedFile>> {
    const age = this.#clock.monotonicMs() - this.#readAt[kind];
    if (age > STALE_MS) {
      const reading = this.refresh(kind);
      if (this.#tookMs[kind] <= PATIENCE_MS || age > OLD_MS) await reading;
      else
        reading.catch((cause: unknown) => {
          this.#log.warn('files could not be listed; the previous listing is used', { kind, cause });
        });
    }
    return this.#entries[kind].values();
  }

  /** One file, as it is now. @throws PortError `FILE_NOT_FOUND`, `FILE_NAME_INVALID`, `STORAGE_FAILED`. */
  async get(kind: FileKind, filename: string): Promise<IndexedFile> {
    const entry = this.#describe(await this.#files.stat(kind, filename));
    this.#entries[kind].set(filename, entry);
    return entry;
  }

  /** Reads the folder again. Callers at the same time share it. */
  refresh(kind: FileKind): Promise<void> {
    let reading = this.#refreshing.get(kind);
    if (!reading) {
      reading = this.#read(kind).finally(() => this.#refreshing.delete(kind));
      this.#refreshing.set(kind, reading);
    }
    return reading;
  }

  /** Takes in a picture that has just been stored. A name that a client chose does not tell which camera it is of. */
  addSnapshot(file: StoredFile, camera: string): void {
    if (parseFileName(file.filename)?.camera !== camera) {
      this.#notes.set(noteKey('snapshots', file.filename), { camera });
      void this.#save();
    }
    this.#revision.snapshots += 1;
    this.#entries.snapshots.set(file.filename, this.#describe(file));
  }

  async addRecording(recording: FinishedRecording): Promise<void> {
    for (const [index, file] of recording.files.entries()) {
      const gaps = gapsAt(recording, index);
      this.#notes.set(noteKey('recordings', file.filename), {
        camera: recording.camera,
        sessionId: recording.sessionId,
        format: recording.format,
        ...(file.durationSeconds === undefined ? {} : { durationSeconds: file.durationSeconds }),
        startedAt: file.startedAt,
        ...(gaps.length > 0 ? { gaps } : {}),
      });
    }
    await Promise.all([this.#save(), this.refresh('recordings')]);
  }

  /** Removes a file and what is known of it. @throws PortError as `FileStore.remove`. */
  async remove(kind: FileKind, filename: string): Promise<void> {
    await this.#files.remove(kind, filename);
    this.#revision[kind] += 1;
    this.#entries[kind].delete(filename);
    if (this.#notes.delete(noteKey(kind, filename))) void this.#save();
  }

  async #read(kind: FileKind): Promise<void> {
    const began = this.#clock.monotonicMs();
    const revision = this.#revision[kind];
    let files = await this.#files.list(kind);
    // What changed meanwhile may be missing from this listing.
    if (revision !== this.#revision[kind]) files = await this.#files.list(kind);
    this.#entries[kind] = new Map(files.map((file) => [file.filename, this.#describe(file)]));
    this.#dropNotes(kind);
    this.#readAt[kind] = this.#clock.monotonicMs();
    this.#tookMs[kind] = this.#readAt[kind] - began;
  }

  /** Files may be deleted behind our back for years. */
  #dropNotes(kind: FileKind): void {
    if (this.#notes.size <= this.#entries.recordings.size + this.#entries.snapshots.size + SPARE_NOTES)
      return;
    for (const key of this.#notes.keys())
      if (key.startsWith(`${kind}/`) && !this.#entries[kind].has(key.slice(kind.length + 1)))
        this.#notes.delete(key);
  }

  #describe(file: StoredFile): IndexedFile {
    const note = this.#notes.get(noteKey(file.kind, file.filename)) ?? {};
    const name = parseFileName(file.filename);
    return {
      kind: file.kind,
      filename: file.filename,
      sizeBytes: file.sizeBytes,
      modifiedAt: file.modifiedAt,
      createdAt: file.createdAt,
      camera: note.camera ?? name?.camera ?? '',
      format: note.format ?? formatOf(file.kind, file.filename),
      startedAt: note.startedAt ?? beganAt(name?.startedAt, file.createdAt),
      note,
    };
  }

  async #save(): Promise<void> {
    try {
      await this.#state.write(KEY, { files: Object.fromEntries(this.#notes) });
    } catch (cause) {
      this.#log.error('metadata of files could not be stored', { cause });
    }
  }
}

/** The gaps of a recording that belong to one of its files: each to the file that goes on after it, or to the last one. */
function gapsAt({ files, gaps }: FinishedRecording, index: number): readonly Gap[] {
  const from = index === 0 ? -Infinity : (files[index]?.startedAt ?? Infinity);
  const until = files[index + 1]?.startedAt ?? Infinity;
  return gaps.filter((gap) => gap.to >= from && gap.to < until);
}

const QUARTER_MS = 15 * 60_000;
const FARTHEST_ZONE_MS = 14 * 3_600_000;

/** The time in a name, unless it is plainly that of another time zone than UTC: then the disk knows better. */
function beganAt(stamp: number | undefined, createdAt: number): number {
  if (stamp === undefined) return createdAt;
  const away = Math.abs(createdAt - stamp);
  const quarters = Math.round(away / QUARTER_MS);
  const isZone = quarters > 0 && away <= FARTHEST_ZONE_MS + SEEN_MS;
  return isZone && Math.abs(away - quarters * QUARTER_MS) <= SEEN_MS ? createdAt : stamp;
}

function noteKey(kind: FileKind, filename: string): string {
  return `${kind}/${filename}`;
}
