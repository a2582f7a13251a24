import type {
  Clock,
  FileKind,
  Logger,
  SegmentEvent,
  SegmentEventType,
  SegmentLog,
  StateStore,
} from '../../ports/index.js';
import type { FileNote } from './file-note.js';

export interface FileJournalDeps {
  readonly segments: SegmentLog;
  readonly state: StateStore;
  readonly clock: Clock;
  readonly log: Logger;
}

/** An entry of the journal that is about to be made. */
export interface NewEvent {
  readonly type: SegmentEventType;
  readonly kind: FileKind;
  readonly filename: string;
  readonly facts?: FileNote;
}

/** The document in which earlier versions kept what is known of files. */
const EARLIER = 'files.notes';
/** The history is shortened when it has more events than this beside two for each file. */
const SPARE_EVENTS = 10_000;
/** What is known of a file that is missing is kept for so long, because a disk may be away: 30 days. */
const MISSING_MS = 30 * 86_400_000;
/** And of no more files than these, beside as many as there are. */
const SPARE_NOTES = 100_000;

/** What is known of files beyond what the disk says: a history of events, and what follows from it. */
export class FileJournal {
  readonly #deps: FileJournalDeps;
  #notes = new Map<string, FileNote>();
  #events = 0;
  /** Events could not be stored: the history lacks what is known here. */
  #isBehind = false;

  constructor(deps: FileJournalDeps) {
    this.#deps = deps;
  }

  /** Reads the history, and takes over what an earlier version has kept. Never rejects: without a history, files are measured again. */
  async load(signal: AbortSignal): Promise<void> {
    const { segments, log } = this.#deps;
    try {
      await segments.start(signal);
      const notes = new Map<string, FileNote>();
      this.#notes = notes;
      this.#events = 0;
      for await (const events of segments.read()) {
        this.#events += events.length;
        for (const event of events) apply(notes, event);
      }
    } catch (cause) {
      signal.throwIfAborted();
      log.error('the history of recordings could not be read; durations are measured again', { cause });
    }
    await this.#takeOver();
  }

  of(kind: FileKind, filename: string): FileNote | undefined {
    return this.#notes.get(keyOf(kind, filename));
  }

  /** The names of the files of one recording, in the order in which they were begun. */
  *session(sessionId: string): Iterable<string> {
    for (const [key, note] of this.#notes) if (note.sessionId === sessionId) yield partsOf(key)[1];
  }

  /** Takes events in, at once; resolves when they are stored, or when that was given up. */
  async add(events: readonly NewEvent[]): Promise<void> {
    const at = this.#deps.clock.now();
    const entries = events.map((event) => ({ at, ...event }) as SegmentEvent);
    for (const entry of entries) apply(this.#notes, entry);
    this.#events += entries.length;
    try {
      await this.#deps.segments.append(entries);
    } catch (cause) {
      if (!this.#isBehind) this.#deps.log.error('what is known of files could not be stored', { cause });
      this.#isBehind = true;
    }
  }

  /** Shortens the history when it has grown far beyond what follows from it. @param isThere whether a file is in its folder. */
  async tidy(isThere: (kind: FileKind, filename: string) => boolean): Promise<void> {
    const isLong = this.#events > 2 * this.#notes.size + SPARE_EVENTS;
    if (!isLong && !this.#isBehind) return;
    this.#forgetMissing(isThere);
    await this.#rewrite();
  }

  #forgetMissing(isThere: (kind: FileKind, filename: string) => boolean): void {
    const now = this.#deps.clock.now();
    const missing: string[] = [];
    for (const [key, note] of this.#notes) {
      const [kind, filename] = partsOf(key);
      const { missingSince, ...rest } = note;
      if (isThere(kind, filename)) {
        if (missingSince !== undefined) this.#notes.set(key, rest);
      } else if (now - (missingSince ?? now) > MISSING_MS) this.#notes.delete(key);
      else {
        missing.push(key);
        if (missingSince === undefined) this.#notes.set(key, { ...note, missingSince: now });
      }
    }
    const there = this.#notes.size - missing.length;
    for (const key of missing.slice(0, Math.max(0, missing.length - there - SPARE_NOTES)))
      this.#notes.delete(key);
  }

  async #rewrite(): Promise<boolean> {
    try {
      await this.#deps.segments.compact(this.#kept());
      this.#events = this.#notes.size;
      this.#isBehind = false;
    } catch (cause) {
      if (!this.#isBehind)
        this.#deps.log.error('the history of recordings could not be shortened', { cause });
      this.#isBehind = true;
    }
    return !this.#isBehind;
  }

  *#kept(): Iterable<SegmentEvent> {
    const at = this.#deps.clock.now();
    for (const [key, facts] of this.#notes) {
      const [kind, filename] = partsOf(key);
      yield { at, type: 'kept', kind, filename, facts: { ...facts } };
    }
  }

  /** Once: the document is removed when all that it says is stored here. */
  async #takeOver(): Promise<void> {
    const { state, log } = this.#deps;
    try {
      const document = (await state.read(EARLIER)) as { files?: Record<string, FileNote> } | null | undefined;
      if (document === undefined) return;
      const files = Object.entries(document?.files ?? {}).filter(([key]) => KEY.test(key));
      for (const [key, note] of files) if (!this.#notes.has(key)) this.#notes.set(key, note);
      if (!(await this.#rewrite())) return;
      await state.remove(EARLIER);
      log.info('what was known of recordings was taken over into their history', { files: files.length });
    } catch (cause) {
      log.error('what an earlier version knew of files could not be read', { cause });
    }
  }
}

const KEY = /^(?:recordings|snapshots)\/./;

function apply(notes: Map<string, FileNote>, { type, kind, filename, facts }: SegmentEvent): void {
  const key = keyOf(kind, filename);
  if (type === 'deleted') notes.delete(key);
  else notes.set(key, type === 'kept' ? { ...facts } : { ...notes.get(key), ...facts });
}

function keyOf(kind: FileKind, filename: string): string {
  return `${kind}/${filename}`;
}

function partsOf(key: string): readonly [FileKind, string] {
  const slash = key.indexOf('/');
  return [key.slice(0, slash) as FileKind, key.slice(slash + 1)];
}
