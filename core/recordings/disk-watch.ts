import type { Clock, FileStore, Logger } from '../../ports/index.js';
import { Mutex } from '../lifecycle/mutex.js';
import { CutCheck } from './cut-check.js';
import { filesOf, gapBetween, wantedOf, type Look } from './file-plan.js';
import type { FileIndex } from '../files/file-index.js';
import type { SegmentNotes } from './segment-notes.js';
import type { Finisher } from './finisher.js';
import type { Gap, GapCause } from '../files/gap.js';
import type { RecordingSession, SessionFile } from './recording-session.js';
import type { RunningRecordings } from './running-recordings.js';

export interface DiskWatchDeps {
  readonly files: FileStore;
  readonly index: FileIndex;
  readonly notes: SegmentNotes;
  readonly sessions: RunningRecordings;
  readonly finisher: Finisher;
  readonly clock: Clock;
  readonly log: Logger;
  /** Called when a further file has begun and the one before it was measured. @param gap what is missing between them. */
  readonly closed: (session: RecordingSession, next: SessionFile, gap: Gap | undefined) => Promise<void>;
  /** Called when files of a running recording are not there any more, or were cut. */
  readonly lost: (session: RecordingSession, files: readonly SessionFile[]) => void;
  /** Why frames may be missing before a file that has just begun. */
  readonly causeOf: (session: RecordingSession) => GapCause;
}

/** How often names are compared with the folder: while a first file is awaited, while a file does not grow, and otherwise. */
const WAITING_SWEEP_MS = 1_000;
const QUIET_SWEEP_MS = 10_000;
const USUAL_SWEEP_MS = 60_000;
/** The media server writes about once a second. */
const QUIET_MS = 2_000;

interface Begun {
  readonly session: RecordingSession;
  readonly next: SessionFile;
  readonly cause: GapCause;
}

/** Finds the files of running recordings on disk, sees them grow, and finds the holes between them. */
export class DiskWatch {
  readonly #deps: DiskWatchDeps;
  readonly #turns = new Mutex();
  readonly #closing = new Set<Promise<void>>();
  readonly #cuts: CutCheck;
  #lookedMs = 0;

  constructor(deps: DiskWatchDeps) {
    this.#deps = deps;
    this.#cuts = new CutCheck(deps.files, deps.log);
  }

  /** Looks once, for all recordings. One look at a time: an older listing must not have the last word. */
  async look(): Promise<void> {
    for (const begun of await this.#turns.run(() => this.#read())) {
      const closing = this.#close(begun);
      this.#closing.add(closing);
      void closing.finally(() => this.#closing.delete(closing));
    }
  }

  /** Resolves when every file that has been followed by another one is measured. */
  async settled(): Promise<void> {
    await Promise.all(this.#closing);
  }

  async #read(): Promise<readonly Begun[]> {
    const { index, sessions, clock, log } = this.#deps;
    try {
      const listing = await index.written(sessions.all().map(wantedOf), this.#sweepMs());
      const written = new Set(sessions.all().map((session) => session.files.at(-1)?.filename));
      const cut = await this.#cuts.look(listing.filter(({ filename }) => written.has(filename)));
      const monotonicMs = clock.monotonicMs();
      const look = { listing, wallMs: clock.now(), monotonicMs, sinceMs: monotonicMs - this.#lookedMs };
      this.#lookedMs = monotonicMs;
      return sessions.all().flatMap((session) => this.#compare(session, look, cut));
    } catch (cause) {
      log.warn('recordings could not be listed', { cause });
      return [];
    }
  }

  /** A file that nobody reports (on a disk that other machines share) is found by its name. */
  #sweepMs(): number {
    const { sessions, clock } = this.#deps;
    const now = clock.monotonicMs();
    if (sessions.all().some(({ files }) => files.length === 0)) return WAITING_SWEEP_MS;
    const isQuiet = ({ files }: RecordingSession): boolean => now - (files.at(-1)?.grewMs ?? now) > QUIET_MS;
    return sessions.all().some(isQuiet) ? QUIET_SWEEP_MS : USUAL_SWEEP_MS;
  }

  /** What has become of the files of a recording since the look before. @returns those that have begun. */
  #compare(session: RecordingSession, look: Look, cut: ReadonlyMap<string, number>): readonly Begun[] {
    const { sessions, lost, causeOf } = this.#deps;
    const before = new Map(session.files.map((file) => [file.filename, file]));
    const found = filesOf(session, look).map((file) => {
      if (file.isRepaired === true) return file;
      const sizeBefore = before.get(file.filename)?.sizeBytes ?? 0;
      const whole = cut.get(file.filename) ?? (file.sizeBytes < sizeBefore ? file.sizeBytes : undefined);
      if (whole !== undefined) return markedAsCut(file, whole);
      // What is still written into a file that was cut is lost, and proves nothing.
      const hasGrown = file.sizeBytes > sizeBefore && file.wholeBytes === undefined;
      return hasGrown ? { ...file, grewMs: look.monotonicMs } : file;
    });
    const now = new Map(found.map((file) => [file.filename, file]));
    const missing = session.files.filter((file) => {
      if (file.isRepaired === true) return false;
      const { sizeBytes = 0 } = now.get(file.filename) ?? {};
      return sizeBytes < file.sizeBytes || cut.has(file.filename);
    });
    const updated = sessions.update(session, { files: found });
    if (updated && missing.length > 0) lost(updated, missing);
    const isFirst = session.files.length === 0 && missing.length === 0 && session.stall === undefined;
    this.#note(updated ?? session, found, before);
    const added = found.filter((file) => !before.has(file.filename)).slice(isFirst ? 1 : 0);
    // With what this look has found: what was lost explains the gap before a file that has begun meanwhile.
    const current = (updated && sessions.get(session.camera)) ?? session;
    return added.map((next) => ({ session: current, next, cause: causeOf(current) }));
  }

  /** The history is told of the first file here, and of further ones when what is missing before them is known. */
  #note(
    session: RecordingSession,
    found: readonly SessionFile[],
    before: ReadonlyMap<string, unknown>,
  ): void {
    const { notes } = this.#deps;
    const [last] = found.slice(-1);
    if (last === undefined) return;
    if (before.size === 0) for (const file of found) void notes.opened(session, file);
    else if (before.has(last.filename)) notes.grew(session, last);
  }

  /** A further file has begun: measures the one before it, and the hole between them. */
  async #close({ session, next, cause }: Begun): Promise<void> {
    const { sessions, finisher, closed } = this.#deps;
    const files = sessions.get(session.camera)?.files ?? [];
    const previous = files[files.findIndex((file) => file.filename === next.filename) - 1];
    const measured = previous && (await finisher.measure(previous));
    const gap =
      measured === undefined
        ? gapSince(session, next)
        : gapBetween(await finisher.assumed(measured), next, cause);
    const before = sessions.get(session.camera) ?? session;
    const updated = sessions.update(session, {
      files: before.files.map((file) => (file.filename === measured?.filename ? measured : file)),
      gaps: gap ? [...before.gaps, gap] : before.gaps,
    });
    const { notes } = this.#deps;
    if (measured) await notes.closed(session, measured);
    await notes.opened(session, next, gap);
    if (updated) await closed(updated, next, gap);
  }
}

/** Its frames are to be read anew: some that were read are not there any more. */
function markedAsCut({ read: _read, ...file }: SessionFile, bytes: number): SessionFile {
  return { ...file, wholeBytes: Math.min(bytes, file.wholeBytes ?? bytes) };
}

/** The hole before a file that no other one precedes: the recording had stalled. */
function gapSince({ stall }: RecordingSession, next: SessionFile): Gap | undefined {
  return stall && stall.since < next.startedAt
    ? { from: stall.since, to: next.startedAt, cause: stall.cause }
    : undefined;
}
