/** Options of the store of recordings and snapshots. */
import { option, options } from '../../../ports/options.js';

export const DISK_OPTIONS = options({
  reserve_bytes: option.bytes({
    doc: 'Free disk space that the service preserves; snapshots that would use it are refused.',
    default: 64 * 1024 * 1024,
  }),
});
