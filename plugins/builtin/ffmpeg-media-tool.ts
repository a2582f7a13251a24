/** Looks into media files and rewrites them with ffmpeg. */
import { createFfmpegMediaTool } from '../../adapters/media-tool/ffmpeg/ffmpeg-media-tool.js';
import { definePlugin } from '../api/index.js';

interface Section {
  readonly ffmpeg_path: string;
  readonly ffprobe_path: string;
}

export default definePlugin({
  name: 'ffmpeg-media-tool',
  apiVersion: 1,
  setup(context) {
    context.provide('MediaTool', 'ffmpeg', (adapter) => {
      const section = adapter.config as unknown as Section;
      return createFfmpegMediaTool({
        ffmpegPath: section.ffmpeg_path,
        ffprobePath: section.ffprobe_path,
        runDir: adapter.directories.run,
      });
    });
  },
});
