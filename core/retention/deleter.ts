import { isPortError, type Clock, type Logger, type Principal } from '../../ports/index.js';
import type { AuditSink } from '../audit/audit-trail.js';
import { isErrorCode } from '../errors/codes.js';
import { fromPortError, isServiceError } from '../errors/service-error.js';
import type { RecordingService } from '../recordings/recording-service.js';
import type { Deletion, RetentionTrigger } from './plan.js';
import type { RetentionStore } from './retention-store.js';

export interface DeleterDeps {
  readonly recordings: Pick<RecordingService, 'discard'>;
  readonly wishes: Pick<RetentionStore, 'isProtected'>;
  readonly audit: AuditSink;
  readonly clock: Clock;
  readonly log: Logger;
  newId(): string;
}

/** On whose behalf something is deleted. */
export interface OnBehalfOf {
  readonly trigger: RetentionTrigger;
  readonly principal: Principal;
  readonly transport: string;
  readonly address: string;
  readonly requestId?: string;
}

/** The service itself. */
export const RETENTION: OnBehalfOf = {
  trigger: 'automatic',
  principal: { id: 'retention', role: 'admin', provider: 'service' },
  transport: 'service',
  address: '',
};

/** A file that could not be deleted is not tried again for an hour: what keeps it is not gone in a moment. */
const RETRY_MS = 3_600_000;
/** So many failures one after the other are no matter of single files. */
const MOST_FAILURES = 3;
/** Others have their turn after so many files, for so long. It also lets the audit trail keep up. */
const BURST = 50;
const REST_MS = 100;

interface Refused {
  readonly untilMs: number;
  readonly reason: string;
}

/** Deletes what was decided, file by file, and remembers what could not be deleted. */
export class Deleter {
  readonly #deps: DeleterDeps;
  readonly #refused = new Map<string, Refused>();

  constructor(deps: DeleterDeps) {
    this.#deps = deps;
  }

  /** Whether the file could not be deleted a while ago. */
  isRefused(filename: string): boolean {
    const refused = this.#refused.get(filename);
    return refused !== undefined && refused.untilMs > this.#deps.clock.monotonicMs();
  }

  /** What could not be deleted, for people. @param exists tells which files are still there. */
  troubles(exists: (filename: string) => boolean): readonly string[] {
    for (const filename of this.#refused.keys()) if (!exists(filename)) this.#refused.delete(filename);
    return [...this.#refused].map(([filename, { reason }]) => `${filename}: ${reason}`);
  }

  /**
   * Deletes these files until the signal aborts. Stops after a few failures in a row. Never rejects.
   * @returns those that were deleted.
   */
  async run(
    deletions: readonly Deletion[],
    who: OnBehalfOf,
    signal: AbortSignal,
  ): Promise<readonly Deletion[]> {
    const deleted: Deletion[] = [];
    let failures = 0;
    for (const [index, deletion] of deletions.entries()) {
      if (index % BURST === BURST - 1) await this.#deps.clock.sleep(REST_MS, signal).catch(() => undefined);
      if (signal.aborted || failures >= MOST_FAILURES) break;
      // It may have been protected since this was decided.
      if (this.#deps.wishes.isProtected(deletion.file.filename)) continue;
      const outcome = await this.#delete(deletion, who);
      if (outcome === 'ok') deleted.push(deletion);
      failures = outcome === 'failed' ? failures + 1 : 0;
    }
    return deleted;
  }

  async #delete({ file, reason }: Deletion, who: OnBehalfOf): Promise<'ok' | 'failed' | 'held'> {
    const { recordings, clock, log } = this.#deps;
    const { filename, camera, sizeBytes } = file;
    const began = clock.monotonicMs();
    const fields = { file: filename, camera, bytes: sizeBytes, reason };
    try {
      await recordings.discard(filename);
    } catch (cause) {
      // Somebody else has deleted it, or it has become part of a recording that is being completed.
      if (isPortError(cause, 'FILE_NOT_FOUND') || isServiceError(cause, 'RECORDING_IN_PROGRESS'))
        return 'held';
      const words = cause instanceof Error ? cause.message : String(cause);
      this.#refused.set(filename, { untilMs: began + RETRY_MS, reason: words });
      log.warn('retention could not delete a recording', { ...fields, cause, retry_in_ms: RETRY_MS });
      this.#trail(filename, { reason, began, outcome: codeOf(cause) }, who);
      return 'failed';
    }
    this.#refused.delete(filename);
    log.info('retention has deleted a recording', fields);
    this.#trail(filename, { reason, began, outcome: 'ok' }, who);
    return 'ok';
  }

  #trail(
    filename: string,
    { reason, began, outcome }: { readonly reason: string; readonly began: number; readonly outcome: string },
    { principal, transport, address, requestId = this.#deps.newId() }: OnBehalfOf,
  ): void {
    const { audit, clock } = this.#deps;
    audit.record({
      ...{ at: clock.now(), kind: 'call', requestId, method: 'delete_recording' },
      outcome: outcome === 'ok' || isErrorCode(outcome) ? outcome : 'INTERNAL',
      ...{ principal, transport, address },
      accepted: { filename, reason },
      recorded: ['filename', 'reason'],
      durationMs: clock.monotonicMs() - began,
    });
  }
}

function codeOf(cause: unknown): string {
  if (isPortError(cause)) return fromPortError(cause).code;
  return isServiceError(cause) ? cause.code : 'INTERNAL';
}
