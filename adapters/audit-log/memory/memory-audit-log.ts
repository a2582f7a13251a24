/** An AuditLog that keeps its latest entries in memory, for tests and demos. */
import type { AuditEntry, AuditLog } from '../../../ports/audit-log.js';
import { PortError } from '../../../ports/port-error.js';

export const MEMORY_AUDIT_LOG = 'memory';

export interface MemoryAuditLogOptions {
  /** The oldest entry is dropped beyond this number. Default 10 000. */
  readonly maxEntries?: number;
}

export interface MemoryAuditLog extends AuditLog {
  /** What is kept, oldest first. */
  entries(): readonly AuditEntry[];
  /** From here on every entry fails as on a full disk, until it is called with false. */
  fail(isFull: boolean): void;
}

/** @throws PortError `OPTION_INVALID`. */
export function createMemoryAuditLog(options: MemoryAuditLogOptions = {}): MemoryAuditLog {
  const { maxEntries = 10_000 } = options;
  if (!Number.isInteger(maxEntries) || maxEntries < 1)
    throw new PortError('OPTION_INVALID', { detail: { option: 'maxEntries', rule: 'at least 1' } });
  let kept: AuditEntry[] = [];
  let isOpen = false;
  let isFull = false;
  return {
    name: MEMORY_AUDIT_LOG,
    supports: { persistence: false },
    start: async (signal) => {
      signal.throwIfAborted();
      isOpen = true;
    },
    append: async (entry) => {
      if (!isOpen) throw new PortError('UNSUPPORTED', { detail: { feature: 'append before start' } });
      if (isFull) throw new PortError('STORAGE_FULL', { retryable: true });
      kept.push(structuredClone(entry));
      // Cut in strides, so that an entry costs the same however many are kept.
      if (kept.length >= maxEntries * 2) kept = kept.slice(-maxEntries);
    },
    stop: async () => {
      isOpen = false;
    },
    entries: () => structuredClone(kept.slice(-maxEntries)),
    fail: (full) => {
      isFull = full;
    },
  };
}
