import type { FileStore, Logger } from '../../ports/index.js';
import { Mutex } from '../lifecycle/mutex.js';
import { filesOf, gapBetween } from './file-plan.js';
import type { Finisher } from './finisher.js';
import type { Gap, RecordingSession, SessionFile } from './session.js';
import type { Sessions } from './sessions.js';

export interface DiskWatchDeps {
  readonly files: FileStore;
  readonly sessions: Sessions;
  readonly finisher: Finisher;
  readonly log: Logger;
  /** Called when a further file has begun and the one before it was measured. @param gap what is missing between them. */
  readonly closed: (session: RecordingSession, next: SessionFile, gap: Gap | undefined) => Promise<void>;
}

interface Begun {
  readonly session: RecordingSession;
  readonly next: SessionFile;
}

const NONE: ReadonlySet<string> = new Set();

/** Finds the files of running recordings on disk, and the holes between them. */
export class DiskWatch {
  readonly #deps: DiskWatchDeps;
  readonly #turns = new Mutex();
  readonly #closing = new Set<Promise<void>>();

  constructor(deps: DiskWatchDeps) {
    this.#deps = deps;
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
    const { files, sessions, log } = this.#deps;
    try {
      const listing = await files.list('recordings');
      return sessions.all().flatMap((session) => {
        const found = filesOf(session, listing, sessions.excluded(session.camera) ?? NONE);
        sessions.update(session, { files: found });
        const last = session.files.at(-1);
        const added = last === undefined ? [] : found.filter((file) => file.startedAt > last.startedAt);
        return added.map((next) => ({ session, next }));
      });
    } catch (cause) {
      log.warn('recordings could not be listed', { cause });
      return [];
    }
  }

  /** A further file has begun: measures the one before it, and the hole between them. */
  async #close({ session, next }: Begun): Promise<void> {
    const { sessions, finisher, closed } = this.#deps;
    const files = sessions.get(session.camera)?.files ?? [];
    const previous = files[files.findIndex((file) => file.filename === next.filename) - 1];
    if (!previous) return;
    const measured = await finisher.measure(previous);
    const gap = gapBetween(await finisher.assumed(measured), next);
    const before = sessions.get(session.camera) ?? session;
    const updated = sessions.update(session, {
      files: before.files.map((file) => (file.filename === measured.filename ? measured : file)),
      gaps: gap ? [...before.gaps, gap] : before.gaps,
    });
    if (updated) await closed(updated, next, gap);
  }
}
