import {
  createMemoryAuditLog,
  type MemoryAuditLog,
} from '../../../adapters/audit-log/memory/memory-audit-log.js';
import type { AuditEntry, AuditLog } from '../../../ports/audit-log.js';
import type { AuditLogWorld } from '../audit-log.contract.js';
import type { Broken } from './expect-caught.js';

const later = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));
const shared = createMemoryAuditLog();

export const brokenAuditLogs: readonly Broken<AuditLogWorld>[] = [
  {
    rule: 'fresh',
    world: { ...worldOf(() => ({})), create: async () => shared, entries: entriesOf(shared) },
  },
  broken('round-trip', (log) => ({
    append: ({ params: _forgotten, ...entry }) => log.append(entry),
  })),
  broken('kept', (log) => ({
    append: async (entry) => void later().then(() => log.append(entry)),
  })),
  broken('order', (log) => ({
    append: async (entry) => {
      if (entry.address.length > 100) await later();
      await log.append(entry);
    },
  })),
  broken('copies', (log) => ({
    append: async (entry) => {
      await Promise.resolve();
      await log.append(entry);
    },
  })),
  broken('full', (log) => ({ append: (entry) => log.append(entry).catch(() => undefined) })),
  broken('independent', (log) => {
    let failed: Promise<void> | undefined;
    return {
      append: (entry) => {
        if (failed !== undefined) return Promise.resolve();
        const writing = log.append(entry);
        writing.catch(() => (failed = writing));
        failed ??= writing;
        return writing;
      },
    };
  }),
  broken('persistence', () => ({ supports: { persistence: true } })),
  broken('closed', (log) => ({
    append: (entry) =>
      log.append(entry).catch((error: unknown) => (isClosed(error) ? undefined : refuse(error))),
  })),
  broken('flushes', (log) => ({
    append: async (entry) => {
      const copy = structuredClone(entry);
      await later();
      await log.append(copy);
    },
  })),
  broken('repeatable', (log) => {
    let stops = 0;
    return {
      stop: async (signal) => {
        stops += 1;
        if (stops > 1) throw new Error('not open');
        await log.stop(signal);
      },
    };
  }),
  broken('abort', (log) => ({ start: () => log.start(new AbortController().signal) })),
];

type Spoil = (log: MemoryAuditLog) => Partial<AuditLog>;

function broken(rule: string, spoil: Spoil): Broken<AuditLogWorld> {
  return { rule, world: worldOf(spoil) };
}

function worldOf(spoil: Spoil): AuditLogWorld {
  const inner = new WeakMap<AuditLog, MemoryAuditLog>();
  const create = async (): Promise<AuditLog> => {
    const log = createMemoryAuditLog();
    const spoiled = { ...log, ...spoil(log) };
    inner.set(spoiled, log);
    return spoiled;
  };
  return {
    create,
    reopen: create,
    entries: async (log) => inner.get(log)?.entries() ?? [],
    fill: async (log, isFull) => inner.get(log)?.fail(isFull),
  };
}

function entriesOf(log: MemoryAuditLog): () => Promise<readonly AuditEntry[]> {
  return async () => log.entries();
}

function isClosed(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'UNSUPPORTED';
}

function refuse(error: unknown): never {
  throw error;
}
