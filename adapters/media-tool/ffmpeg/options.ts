/** Options of the tool that looks into media files and rewrites them. */
import { option, options } from '../../../ports/options.js';
import { FFMPEG_PATH } from '../../_shared/ffmpeg-options.js';

export const FFMPEG_TOOL_OPTIONS = options({
  ffmpeg_path: option.path({ doc: 'The ffmpeg program that converts files and images.', ...FFMPEG_PATH }),
  ffprobe_path: option.path({
    doc: 'The ffprobe program that inspects files.',
    default: 'ffprobe',
    minLength: 1,
  }),
});
