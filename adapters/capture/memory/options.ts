/** Options of the captures that exist in memory only. */
import { option, options } from '../../../ports/options.js';

export const MEMORY_CAPTURE_OPTIONS = options({
  fps: option.integer({
    doc: 'Frame rate at which each capture generates frames.',
    default: 5,
    maximum: 1000,
  }),
});
