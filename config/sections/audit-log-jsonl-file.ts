/** Options of the audit log in a file. */
export const auditLogJsonlFileSection = {
  max_size_bytes: {
    doc: 'An audit file is closed beyond this size (at least 65536).',
    format: 'nat',
    default: 10 * 1024 * 1024,
  },
  max_files: {
    doc: 'Audit files that are kept, the current one included (at least 2); the oldest is deleted beyond this number.',
    format: 'nat',
    default: 10,
  },
};
