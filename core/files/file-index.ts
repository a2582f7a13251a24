import type { Clock, FileKind, FileStore, Logger, StateStore, StoredFile } from '../../ports/index.js';
import type { RecordingSession } from '../recordings/session.js';
import { formatOf, parseFileName } from './file-names.js';

/** What is known of a file beyond its name, size and dates. Kept over restarts. */
export interface FileNote {
  readonly camera?: string;
  readonly sessionId?: string;
  readonly format?: string;
  readonly durationSeconds?: number;
  /** Milliseconds since 1970. */
  readonly gapBefore?: { readonly from: number; readonly to: number };
}

export interface IndexedFile extends StoredFile {
  /** Empty when nothing tells which camera it is of. */
  readonly camera: string;
  readonly format: string;
  /** When its first picture was taken, in milliseconds since 1970. */
  readonly startedAt: number;
  readonly note: FileNote;
}

const KEY = 'files.notes';
/** A listing is refreshed in the background when it is older than this; what this service does itself shows at once. */
const STALE_MS = 2_000;

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
      this.#log.error('notes about files could not be read; durations are measured anew', { cause });
    }
    await Promise.all([this.refresh('recordings'), this.refresh('snapshots')]);
  }

  /** All files of a kind, as they were at most a moment ago. */
  async all(kind: FileKind): Promise<Iterable<IndexedFile>> {
    if (this.#clock.monotonicMs() - this.#readAt[kind] > STALE_MS) {
      const reading = this.refresh(kind);
      // A large folder takes a while: the last listing will do meanwhile, if there ever was one.
      if (this.#readAt[kind] === -Infinity) await reading;
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

  /** Takes in a file that this service has just written. */
  add(file: StoredFile, note: FileNote = {}): void {
    if (Object.keys(note).length > 0) this.#notes.set(noteKey(file.kind, file.filename), note);
    this.#entries[file.kind].set(file.filename, this.#describe(file));
    if (Object.keys(note).length > 0) void this.#save();
  }

  async addRecording(session: RecordingSession): Promise<void> {
    for (const [index, file] of session.files.entries()) {
      const gapBefore = index === 0 ? undefined : session.gaps.find((gap) => gap.to === file.startedAt);
      this.#notes.set(noteKey('recordings', file.filename), {
        camera: session.camera,
        sessionId: session.sessionId,
        format: session.format,
        ...(file.durationSeconds === undefined ? {} : { durationSeconds: file.durationSeconds }),
        ...(gapBefore ? { gapBefore } : {}),
      });
    }
    await Promise.all([this.#save(), this.refresh('recordings')]);
  }

  /** Keeps what was found out about a file. */
  annotate(kind: FileKind, filename: string, note: Partial<FileNote>): void {
    const key = noteKey(kind, filename);
    this.#notes.set(key, { ...this.#notes.get(key), ...note });
    const entry = this.#entries[kind].get(filename);
    if (entry) this.#entries[kind].set(filename, this.#describe(entry));
    void this.#save();
  }

  /** Removes a file and what is known of it. @throws PortError as `FileStore.remove`. */
  async remove(kind: FileKind, filename: string): Promise<void> {
    await this.#files.remove(kind, filename);
    this.#entries[kind].delete(filename);
    if (this.#notes.delete(noteKey(kind, filename))) void this.#save();
  }

  async #read(kind: FileKind): Promise<void> {
    const files = await this.#files.list(kind);
    this.#entries[kind] = new Map(files.map((file) => [file.filename, this.#describe(file)]));
    this.#readAt[kind] = this.#clock.monotonicMs();
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
      startedAt: name?.startedAt ?? file.createdAt,
      note,
    };
  }

  async #save(): Promise<void> {
    try {
      await this.#state.write(KEY, { files: Object.fromEntries(this.#notes) });
    } catch (cause) {
      this.#log.error('notes about files could not be kept', { cause });
    }
  }
}

function noteKey(kind: FileKind, filename: string): string {
  return `${kind}/${filename}`;
}
