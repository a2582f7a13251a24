import { isPortError, type Clock, type FileStore, type Logger, type MediaTool } from '../../ports/index.js';
import type { IntegrityReport, MediaFacts } from '../../ports/index.js';
import type { FileIndex } from '../files/file-index.js';
import { contentOf, type FileNote, type IndexedFile, type Repair } from '../files/file-note.js';
import type { Gap } from '../files/gap.js';
import { withDeadline } from '../lifecycle/deadline.js';
import type { RecordedFiles } from '../recordings/recorded-files.js';
import { damagePlan, type DamagePlan } from './damage-plan.js';

export interface RepairDeps {
  readonly files: FileStore;
  readonly index: FileIndex;
  readonly tool: MediaTool;
  readonly recorded: RecordedFiles;
  readonly clock: Clock;
  readonly log: Logger;
}

/** `changed`: somebody has written to the file, so that it is to be examined again. */
export type Examined = 'intact' | 'left' | 'repaired' | 'quarantined' | 'changed';

const INSPECT_LIMIT_MS = 15_000;
/** Shorter gaps are the jitter of durations. */
const GAP_FLOOR_MS = 300;

/** Examines one recording that nobody writes, and keeps what is intact of it. */
export class FileRepair {
  readonly #deps: RepairDeps;

  constructor(deps: RepairDeps) {
    this.#deps = deps;
  }

  /** @throws PortError if the file cannot be read, or its parts cannot be stored; it is then as it was. The signal's reason. */
  async examine(file: IndexedFile, signal: AbortSignal): Promise<Examined> {
    const { tool } = this.#deps;
    const report = await tool.integrity(this.#path(file), signal);
    if (report.sizeBytes !== file.sizeBytes) return 'changed';
    const plan = damagePlan(file, report);
    if (plan.action === 'salvage') return await this.#salvage(file, report, plan);
    if (plan.action === 'quarantine') return await this.#quarantine(file, report, plan.lostBytes);
    await this.#intact(file);
    if (plan.action === 'none') return 'intact';
    this.#deps.log.info(
      'a file is damaged; it was not recorded here and is left as it is',
      told(file, report),
    );
    return 'left';
  }

  /** Notes that the file is as it should be; when it was open, this is its end. */
  async #intact(file: IndexedFile): Promise<void> {
    const { isOpen, repairing, repaired } = file.note;
    // The service ended after the repair and before it was noted.
    const isRepaired = repairing !== undefined && repairing.at !== repaired?.at;
    const facts: FileNote = { examined: contentOf(file) };
    if (isOpen !== true && !isRepaired) return await this.#deps.index.note('measured', file.filename, facts);
    const closed = { ...facts, ...(await this.#facts(file)), isOpen: false };
    const note = isRepaired ? { ...closed, repaired: repairing } : closed;
    await this.#deps.index.note(isRepaired ? 'repaired' : 'closed', file.filename, note);
  }

  async #salvage(
    file: IndexedFile,
    report: IntegrityReport,
    { keep, lostBytes }: Extract<DamagePlan, { action: 'salvage' }>,
  ): Promise<Examined> {
    const { files, index, recorded, clock, log } = this.#deps;
    const { filename, startedAt } = file;
    const repair: Repair = { at: clock.now(), lostBytes };
    // Before the file changes: a crash between the two is told from a file that was never damaged.
    await index.note('measured', filename, { repairing: repair });
    recorded.expectRepair(filename);
    const stored = await files.salvage('recordings', filename, { sizeBytes: report.sizeBytes, keep });
    if (!stored) return 'changed';
    const after = await index.get('recordings', filename);
    const facts = await this.#facts(after);
    await index.note('repaired', filename, {
      ...facts,
      ...{ repaired: repair, repairing: repair, examined: contentOf(stored), startedAt, isOpen: false },
    });
    log.warn('a damaged recording was repaired; what was cut off is in quarantine', {
      ...told(file, report),
      lost_bytes: lostBytes,
    });
    await this.#tellMissing(file, facts.durationSeconds);
    return 'repaired';
  }

  async #quarantine(file: IndexedFile, report: IntegrityReport, lostBytes: number): Promise<Examined> {
    const { index, recorded, clock, log } = this.#deps;
    const { filename, note, startedAt, modifiedAt } = file;
    recorded.expectRepair(filename);
    await index.quarantine(filename, { repaired: { at: clock.now(), lostBytes }, isOpen: false });
    log.warn('a recording without a complete fragment was moved to quarantine', told(file, report));
    if (note.sessionId !== undefined && lostBytes > 0)
      await this.#tellGap(note.sessionId, filename, { from: startedAt, to: Math.max(startedAt, modifiedAt) });
    return 'quarantined';
  }

  /** Frames that were in the file and are not any more: at its end, or where the parts were joined. */
  async #tellMissing({ note, filename, startedAt }: IndexedFile, seconds: number | undefined): Promise<void> {
    const { sessionId, durationSeconds } = note;
    if (sessionId === undefined || durationSeconds === undefined || seconds === undefined) return;
    const [from, to] = [seconds, durationSeconds].map((at) => Math.round(startedAt + at * 1_000));
    if (from !== undefined && to !== undefined) await this.#tellGap(sessionId, filename, { from, to });
  }

  async #tellGap(sessionId: string, filename: string, { from, to }: Omit<Gap, 'cause'>): Promise<void> {
    if (to - from < GAP_FLOOR_MS) return;
    await this.#deps.recorded.lost(sessionId, filename, { from, to, cause: 'file_lost' });
  }

  /** What is in the file; nothing if it cannot be told. */
  async #facts(file: IndexedFile): Promise<FileNote> {
    const { tool, clock, log } = this.#deps;
    try {
      const inspect = (signal: AbortSignal): Promise<MediaFacts> => tool.inspect(this.#path(file), signal);
      const facts = await withDeadline(clock, INSPECT_LIMIT_MS, inspect);
      const { codec, width, height, durationSeconds, hasKlv } = facts;
      return { codec, width, height, durationSeconds, ...(hasKlv === undefined ? {} : { hasKlv }) };
    } catch (cause) {
      if (isPortError(cause, 'FILE_NOT_FOUND')) throw cause;
      log.warn('a recording could not be measured', { file: file.filename, cause });
      return {};
    }
  }

  #path({ filename }: IndexedFile): string {
    return `${this.#deps.files.directory('recordings')}/${filename}`;
  }
}

function told({ filename, sizeBytes }: IndexedFile, { problems }: IntegrityReport): Record<string, unknown> {
  const [first] = problems;
  return { file: filename, size_bytes: sizeBytes, at: first?.at, reason: first?.reason };
}
