/** Options of the audit log in a file. */
import { option, options } from '../../../ports/options.js';

export const JSONL_FILE_OPTIONS = options({
  max_size_bytes: option.bytes({
    doc: 'Size at which an audit file is closed and a new one begins.',
    default: 10 * 1024 * 1024,
    minimum: 64 * 1024,
  }),
  max_files: option.integer({
    doc: 'Number of audit files to keep, including the current one; the oldest file is deleted when there are more.',
    default: 10,
    minimum: 2,
  }),
});
