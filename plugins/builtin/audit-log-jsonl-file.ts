/** Keeps the audit trail in a file of its own. */
import { createJsonlFileAuditLog } from '../../adapters/audit-log/jsonl-file/jsonl-file-audit-log.js';
import { JSONL_FILE_OPTIONS } from '../../adapters/audit-log/jsonl-file/options.js';
import { camelCased, definePlugin } from '../api/index.js';

export default definePlugin({
  name: 'audit-log-jsonl-file',
  apiVersion: 1,
  setup(context) {
    context.provide('AuditLog', 'jsonl-file', {
      options: JSONL_FILE_OPTIONS,
      section: 'audit_file',
      create: ({ config, directories }) =>
        createJsonlFileAuditLog({ directory: directories.logs, ...camelCased(config) }),
    });
  },
});
