/** Options of the grabber that takes one picture with a short-lived ffmpeg. */
import { option, options } from '../../../ports/options.js';
import { FFMPEG_PATH, MAX_FRAME_BYTES } from '../../_shared/ffmpeg-options.js';

export const FFMPEG_GRABBER_OPTIONS = options({
  ffmpeg_path: option.path({ doc: 'The ffmpeg program that takes the frame.', ...FFMPEG_PATH }),
  max_frame_bytes: MAX_FRAME_BYTES,
});
