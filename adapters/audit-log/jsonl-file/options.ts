/** Options of the audit log in a file. */
import { option, options } from '../../../ports/options.js';

export const JSONL_FILE_OPTIONS = options({
  max_size_bytes: option.bytes({
    doc: 'An audit file is closed beyond this size.',
    default: 10 * 1024 * 1024,
    minimum: 64 * 1024,
  }),
  max_files: option.integer({
    doc: 'Audit files that are kept, the current one included; the oldest is deleted beyond this number.',
    default: 10,
    minimum: 2,
  }),
});
