/** Options of the capture that owns a camera with one ffmpeg. */
import { option, options } from '../../../ports/options.js';
import { FFMPEG_PATH, MAX_FRAME_BYTES } from '../../_shared/ffmpeg-options.js';

export const FFMPEG_CAPTURE_OPTIONS = options({
  ffmpeg_path: option.path({ doc: 'The ffmpeg program that captures and encodes.', ...FFMPEG_PATH }),
  max_bitrate_kbps: option.integer({
    doc: 'Maximum bit rate of the encoded stream in kbit/s. The stream of a camera that delivers H.264 is forwarded unchanged.',
    default: 8000,
    minimum: 100,
  }),
  encoder_threads: option.integer({
    doc: 'Number of encoder threads per camera. More than one helps only at high resolutions.',
    default: 1,
    minimum: 1,
  }),
  max_frame_bytes: MAX_FRAME_BYTES,
});
