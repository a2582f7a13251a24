/** Options of the file store in memory, for demonstrations and tests. */
import { option, options } from '../../../ports/options.js';

export const MEMORY_FILES_OPTIONS = options({
  capacity_bytes: option.bytes({
    doc: 'Maximum total size of all files in bytes.',
    default: 256 * 1024 * 1024,
  }),
});
