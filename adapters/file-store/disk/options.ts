/** Options of the store of recordings and snapshots. */
import { option, options } from '../../../ports/options.js';

export const DISK_OPTIONS = options({
  reserve_bytes: option.bytes({
    doc: 'Room on the disk that the service leaves free; snapshots are refused instead of using it.',
    default: 64 * 1024 * 1024,
  }),
});
