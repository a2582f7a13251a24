import type { AuditEntry, AuditLog } from '../../ports/audit-log.js';
import type { Clock } from '../../ports/clock.js';
import type { Component } from '../../ports/lifecycle.js';
import type { Logger } from '../../ports/logger.js';
import type { MetricsSink } from '../../ports/metrics-sink.js';
import { isPortError } from '../../ports/port-error.js';
import type { HealthBoard } from '../health/health-board.js';
import { auditRecord, type AuditFacts } from './record.js';
import { Repeats } from './repeats.js';

export interface AuditTrailDeps {
  readonly trail: AuditLog;
  readonly board: HealthBoard;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: MetricsSink;
}

/** What the rest of core needs of the trail. Must neither throw nor wait. */
export interface AuditSink {
  record(facts: AuditFacts): void;
}

/** Entries that may wait for a slow disk; those beyond are lost, and counted. */
const MAX_WAITING = 1000;

/**
 * Brings what happened to the audit log. Nothing that happens to the log stops a call: a lost entry is counted, shown in health
 * and told in the next entry that can be written.
 */
export class AuditTrail implements Component, AuditSink {
  readonly name = 'audit-log';
  readonly #deps: AuditTrailDeps;
  readonly #repeats: Repeats;
  #waiting = 0;
  /** Lost since the last entry that was written. */
  #lost = 0;
  #isFailing = false;

  constructor(deps: AuditTrailDeps) {
    this.#deps = deps;
    this.#repeats = new Repeats(deps.clock, (entry) => this.#append(entry));
  }

  async start(signal: AbortSignal): Promise<void> {
    try {
      await this.#deps.trail.start(signal);
      this.#deps.board.set(this.name, 'ok');
    } catch (cause) {
      signal.throwIfAborted();
      this.#failed(cause);
    }
  }

  async stop(signal: AbortSignal): Promise<void> {
    this.#repeats.close();
    await this.#deps.trail.stop(signal);
  }

  record(facts: AuditFacts): void {
    this.#repeats.take(auditRecord(facts));
  }

  #append(entry: AuditEntry): void {
    if (this.#waiting >= MAX_WAITING) {
      this.#loses(1, new Error('the audit log cannot keep up'));
      return;
    }
    const lost = this.#lost;
    this.#lost = 0;
    this.#waiting += 1;
    this.#tell(lost === 0 ? entry : { ...entry, lost_before: lost }).then(
      () => {
        this.#waiting -= 1;
        this.#written();
      },
      (cause: unknown) => {
        this.#waiting -= 1;
        this.#lost += lost;
        this.#loses(1, cause);
      },
    );
  }

  /** An adapter that throws instead of rejecting loses its entry in the same way. */
  async #tell(entry: AuditEntry): Promise<void> {
    await this.#deps.trail.append(entry);
  }

  #written(): void {
    if (!this.#isFailing) return;
    this.#isFailing = false;
    this.#deps.board.set(this.name, 'ok');
    this.#deps.log.warn('the audit log is being written again');
  }

  #loses(count: number, cause: unknown): void {
    this.#lost += count;
    this.#deps.metrics.count('camera_service_audit_entries_lost_total');
    this.#failed(cause);
  }

  #failed(cause: unknown): void {
    const reason = isPortError(cause) ? cause.code : 'entries are lost';
    this.#deps.board.set(this.name, 'degraded', { reason });
    if (this.#isFailing) return;
    this.#isFailing = true;
    this.#deps.log.error('the audit log cannot be written: entries are lost', { cause });
  }
}
