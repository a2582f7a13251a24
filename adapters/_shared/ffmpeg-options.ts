/** Options that the adapters which run ffmpeg on a camera have in common. */
import { option } from '../../ports/options.js';

export const FFMPEG_PATH = { default: 'ffmpeg', env: 'FFMPEG_BIN', minLength: 1 };

export const MAX_FRAME_BYTES = option.bytes({
  doc: 'Largest JPEG that a camera may deliver.',
  default: 16 * 1024 * 1024,
  minimum: 64 * 1024,
});
