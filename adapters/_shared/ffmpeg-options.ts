/** Options that the adapters which run ffmpeg on a camera have in common. */
import { option } from '../../ports/options.js';

export const FFMPEG_PATH = { default: 'ffmpeg', env: 'FFMPEG_BIN', minLength: 1 };

export const MAX_FRAME_BYTES = option.bytes({
  doc: 'Maximum size of a JPEG frame from a camera in bytes.',
  default: 16 * 1024 * 1024,
  minimum: 64 * 1024,
});
