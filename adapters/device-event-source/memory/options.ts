/** Options of the cameras that exist in memory only, for demonstrations without ffmpeg. */
import { option, options } from '../../../ports/options.js';

export const MEMORY_DEVICES_OPTIONS = options({
  count: option.integer({
    doc: 'Number of cameras that are plugged in at the start.',
    default: 1,
    maximum: 1000,
  }),
});
