import {
  createMemoryAuditLog,
  type MemoryAuditLog,
} from '../../adapters/audit-log/memory/memory-audit-log.js';
import { auditLogContract } from './audit-log.contract.js';

auditLogContract('audit-log/memory', {
  create: async () => createMemoryAuditLog(),
  entries: async (log) => (log as MemoryAuditLog).entries(),
  reopen: async () => createMemoryAuditLog(),
  fill: async (log, isFull) => (log as MemoryAuditLog).fail(isFull),
});
