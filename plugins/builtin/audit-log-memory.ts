/** The audit trail in memory. */
import { createMemoryAuditLog } from '../../adapters/audit-log/memory/memory-audit-log.js';
import { definePlugin } from '../api/index.js';

export default definePlugin({
  name: 'audit-log-memory',
  apiVersion: 1,
  setup(context) {
    context.provide('AuditLog', 'memory', {
      create: () => createMemoryAuditLog(),
    });
  },
});
