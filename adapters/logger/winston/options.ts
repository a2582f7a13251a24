/** Options of the log. */
import { option, options } from '../../../ports/options.js';

export const LOG_OPTIONS = options({
  level: option.choice(['debug', 'info', 'warn', 'error'], {
    doc: 'Minimum level of the messages that are logged.',
    default: 'info',
  }),
  format: option.choice(['json', 'pretty'], {
    doc: 'json: one JSON object per line. pretty: readable lines, coloured on a terminal.',
    default: 'json',
  }),
  destination: option.choice(['stdout', 'file'], {
    doc: 'Standard output, or rotated files in the log folder.',
    default: 'stdout',
  }),
  max_size_bytes: option.bytes({
    doc: 'Size at which a log file is closed and a new one begins (at least 65536).',
    default: 10 * 1024 * 1024,
    minimum: 64 * 1024,
  }),
  max_files: option.integer({
    doc: 'Number of log files to keep; the oldest file is deleted when there are more.',
    default: 5,
    minimum: 1,
  }),
});
