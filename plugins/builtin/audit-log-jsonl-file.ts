import { createJsonlFileAuditLog } from '../../adapters/audit-log/jsonl-file/jsonl-file-audit-log.js';
import { definePlugin } from '../api/index.js';

interface Section {
  readonly max_size_bytes: number;
  readonly max_files: number;
}

export default definePlugin({
  name: 'audit-log-jsonl-file',
  apiVersion: 1,
  setup(context) {
    context.provide('AuditLog', 'jsonl-file', ({ config, directories }) => {
      const { max_size_bytes: maxSizeBytes, max_files: maxFiles } = config as unknown as Section;
      return createJsonlFileAuditLog({ directory: directories.logs, maxSizeBytes, maxFiles });
    });
  },
});
