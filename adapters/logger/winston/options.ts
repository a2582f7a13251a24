/** Options of the log. */
import { option, options } from '../../../ports/options.js';

export const LOG_OPTIONS = options({
  level: option.choice(['debug', 'info', 'warn', 'error'], {
    doc: 'Least level that is written.',
    default: 'info',
  }),
  format: option.choice(['json', 'pretty'], {
    doc: 'One JSON object per line, or lines for people (coloured on a terminal).',
    default: 'json',
  }),
  destination: option.choice(['stdout', 'file'], {
    doc: 'Standard output, or rotated files in the log folder.',
    default: 'stdout',
  }),
  max_size_bytes: option.bytes({
    doc: 'A log file is closed beyond this size (at least 65536).',
    default: 10 * 1024 * 1024,
    minimum: 64 * 1024,
  }),
  max_files: option.integer({
    doc: 'The oldest log file is deleted beyond this number.',
    default: 5,
    minimum: 1,
  }),
});
