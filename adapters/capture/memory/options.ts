/** Options of the captures that exist in memory only. */
import { option, options } from '../../../ports/options.js';

export const MEMORY_CAPTURE_OPTIONS = options({
  fps: option.integer({
    doc: 'Pictures per second that each capture makes by itself.',
    default: 5,
    maximum: 1000,
  }),
});
