import { isPortError, type Component } from '../../ports/index.js';
import { contentOf, type IndexedFile } from '../files/file-note.js';
import type { HealthBoard } from '../health/health-board.js';
import { pause } from '../lifecycle/pause.js';
import { Pulse } from '../lifecycle/pulse.js';
import { mayBeRecorded } from './damage-plan.js';
import { ExaminationQueue, type DueFile, type Rank } from './examination-queue.js';
import { hashOf, type HasherDeps } from './file-hasher.js';
import { FileRepair, type RepairDeps } from './file-repair.js';

export interface ExaminerDeps extends RepairDeps, HasherDeps {
  readonly board: Pick<HealthBoard, 'set'>;
}

/** Whatever starts with the service comes before this. */
const START_DELAY_MS = 2_000;
/** Between two files, at rest and while something is recorded. */
const PACE_MS = 50;
const BUSY_PACE_MS = 1_000;
/** How often it is looked for files that are due by then. */
const DUE_MS = 10_000;

/**
 * Examines recordings in the background, one at a time: each file whose content was not examined before and that is not being written.
 * What is damaged is repaired; after that, the SHA-256 of finished recordings is computed.
 */
export class FileExaminer implements Component {
  readonly name = 'file-examiner';
  readonly #deps: ExaminerDeps;
  readonly #repair: FileRepair;
  readonly #queue = new ExaminationQueue();
  readonly #offered = new Pulse();
  /** Files whose SHA-256 was asked for, although they are no finished recordings of this service. */
  readonly #wanted = new Set<string>();
  #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #unlisten: () => void = () => undefined;

  constructor(deps: ExaminerDeps) {
    this.#deps = deps;
    this.#repair = new FileRepair(deps);
  }

  start(): Promise<void> {
    // A store without paths has nothing that a tool could read.
    if (!this.#deps.files.supports.paths) return Promise.resolve();
    const { index } = this.#deps;
    this.#stopping = new AbortController();
    this.#unlisten = index.changes.add((file) => this.#offer(file));
    for (const file of index.allKnown('recordings')) this.#offer(file);
    this.#running = this.#run(this.#stopping.signal);
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#unlisten();
    this.#stopping.abort(new Error('service is stopping'));
    await this.#running;
  }

  /** Computes the SHA-256 of a file in a while if it is not known. */
  want(file: IndexedFile): void {
    if (file.note.sha256?.of === contentOf(file)) return;
    this.#wanted.add(file.filename);
    this.#offer(file);
  }

  #offer(file: IndexedFile): void {
    if (file.kind !== 'recordings' || !(this.#needsExamination(file) || this.#needsHash(file))) return;
    const { clock } = this.#deps;
    const now = { wallMs: clock.now(), monotonicMs: clock.monotonicMs() };
    const wasEmpty = this.#queue.size === 0;
    this.#queue.offer(file, rankOf(file), now);
    if (wasEmpty) this.#offered.fire();
  }

  #needsExamination(file: IndexedFile): boolean {
    return mayBeRecorded(file) && file.note.examined !== contentOf(file);
  }

  #needsHash(file: IndexedFile): boolean {
    const { note, filename } = file;
    const isFinished = note.sessionId !== undefined && note.isOpen !== true;
    return (isFinished || this.#wanted.has(filename)) && note.sha256?.of !== contentOf(file);
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, recorded } = this.#deps;
    await clock.sleep(START_DELAY_MS, signal).catch(() => undefined);
    if (!signal.aborted) await this.#tellQuarantine();
    while (!signal.aborted) {
      const next = this.#queue.next(clock.monotonicMs());
      if (next) await this.#one(next, signal);
      const paceMs = recorded.isBusy() && next?.rank !== 0 ? BUSY_PACE_MS : PACE_MS;
      // At rest, there is nothing to wake up for.
      if (next) await clock.sleep(paceMs, signal).catch(() => undefined);
      else if (this.#queue.size > 0) await pause(clock, { ms: DUE_MS, pulse: this.#offered }, signal);
      else await this.#offered.wait(signal).catch(() => undefined);
    }
  }

  /** Whatever is wrong with one file does no harm to the others. */
  async #one(due: DueFile, signal: AbortSignal): Promise<void> {
    const { clock, log, recorded } = this.#deps;
    const { filename } = due;
    if (recorded.isInUse(filename)) return this.#queue.postpone(due, clock.monotonicMs());
    try {
      await this.#examine(due, signal);
    } catch (cause) {
      if (signal.aborted) return;
      // It is offered again when it changes, and after the next start.
      if (!isPortError(cause, 'FILE_NOT_FOUND'))
        log.warn('a recording could not be examined; it is left as it is', { file: filename, cause });
    }
    this.#wanted.delete(filename);
    // One that has changed meanwhile was offered again, and stays.
    this.#queue.done(due);
  }

  async #examine({ filename, content }: DueFile, signal: AbortSignal): Promise<void> {
    const { index } = this.#deps;
    const file = await index.get('recordings', filename);
    if (contentOf(file) !== content) return;
    if (this.#needsExamination(file)) {
      const outcome = await this.#repair.examine(file, signal);
      if (outcome === 'repaired' || outcome === 'quarantined') await this.#tellQuarantine();
      // A repaired one has been offered with its new content.
      if (outcome !== 'intact' && outcome !== 'left') return;
    }
    const examined = await index.get('recordings', filename);
    if (this.#needsHash(examined)) await this.#hash(examined, signal);
  }

  async #hash(file: IndexedFile, signal: AbortSignal): Promise<void> {
    const hex = await hashOf(file, this.#deps, signal);
    if (hex === undefined) return;
    await this.#deps.index.note('measured', file.filename, { sha256: { hex, of: contentOf(file) } });
  }

  async #tellQuarantine(): Promise<void> {
    const { files, board, log } = this.#deps;
    try {
      const { files: count, sizeBytes } = await files.quarantined();
      if (count === 0) return;
      const what = `${String(count)} damaged ${count === 1 ? 'file or part' : 'files and parts'}`;
      board.set('quarantine', 'ok', {
        reason: `${what}, ${String(sizeBytes)} bytes, are kept in .quarantine`,
      });
      log.info('damaged files are kept in quarantine', { files: count, size_bytes: sizeBytes });
    } catch (cause) {
      log.warn('the quarantine cannot be listed', { cause });
    }
  }
}

function rankOf({ note }: IndexedFile): Rank {
  if (note.sessionId === undefined) return 2;
  return note.isOpen === true ? 0 : 1;
}
