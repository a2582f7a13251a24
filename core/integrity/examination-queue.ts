import { contentOf, type IndexedFile } from '../files/file-note.js';

/** 0: its recording was interrupted. 1: it is known to be a recording of this service. 2: nothing is known of it. */
export type Rank = 0 | 1 | 2;

interface Entry {
  readonly content: string;
  readonly rank: Rank;
  /** When it may be examined, on the monotonic clock. */
  readonly dueMs: number;
}

export interface DueFile extends Entry {
  readonly filename: string;
}

/** How long a file must have been left alone, when the service has recorded it, and when somebody else may still be copying it. */
const OWN_QUIET_MS = 10_000;
const FOREIGN_QUIET_MS = 5 * 60_000;

/** The files that are to be examined, those of a lower rank before the others. */
export class ExaminationQueue {
  readonly #ranks: readonly [Map<string, Entry>, Map<string, Entry>, Map<string, Entry>] = [
    new Map(),
    new Map(),
    new Map(),
  ];

  get size(): number {
    return this.#ranks.reduce((sum, { size }) => sum + size, 0);
  }

  /** Takes a file in; one that is there already waits anew if its content is another one. */
  offer(file: IndexedFile, rank: Rank, now: { readonly wallMs: number; readonly monotonicMs: number }): void {
    const { filename } = file;
    const content = contentOf(file);
    const before = this.#ranks.map((entries) => entries.get(filename)).find((entry) => entry !== undefined);
    if (before?.content === content && before.rank === rank) return;
    for (const entries of this.#ranks) entries.delete(filename);
    const quietMs = rank === 2 ? FOREIGN_QUIET_MS : OWN_QUIET_MS;
    // A time in the future is that of a clock which was set since, and proves nothing.
    const age = now.wallMs - file.modifiedAt;
    const waitMs = age < 0 ? quietMs : Math.max(0, quietMs - age);
    this.#ranks[rank].set(filename, { content, rank, dueMs: now.monotonicMs + waitMs });
  }

  /** It is looked at again after a while. */
  postpone({ filename, rank }: DueFile, nowMs: number): void {
    const entry = this.#ranks[rank].get(filename);
    if (entry) this.#ranks[rank].set(filename, { ...entry, dueMs: nowMs + OWN_QUIET_MS });
  }

  /** Takes a file out, unless it was offered with another content meanwhile. */
  done({ filename, content }: DueFile): void {
    for (const entries of this.#ranks)
      if (entries.get(filename)?.content === content) entries.delete(filename);
  }

  /** The next file that is due, without taking it out. */
  next(nowMs: number): DueFile | undefined {
    for (const entries of this.#ranks)
      for (const [filename, entry] of entries) if (entry.dueMs <= nowMs) return { filename, ...entry };
    return undefined;
  }
}
