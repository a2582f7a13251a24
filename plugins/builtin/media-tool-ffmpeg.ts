/** Looks into media files and rewrites them with ffmpeg. */
import { createFfmpegMediaTool } from '../../adapters/media-tool/ffmpeg/ffmpeg-media-tool.js';
import { FFMPEG_TOOL_OPTIONS } from '../../adapters/media-tool/ffmpeg/options.js';
import { camelCased, definePlugin } from '../api/index.js';

export default definePlugin({
  name: 'media-tool-ffmpeg',
  apiVersion: 1,
  setup(context) {
    context.provide('MediaTool', 'ffmpeg', {
      options: FFMPEG_TOOL_OPTIONS,
      section: 'ffmpeg_tool',
      create: ({ config, directories }) =>
        createFfmpegMediaTool({ ...camelCased(config), runDir: directories.run }),
    });
  },
});
