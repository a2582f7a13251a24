/** Takes one picture from an idle camera with ffmpeg. */
import { createFfmpegGrabber } from '../../adapters/frame-grabber/ffmpeg/ffmpeg-grabber.js';
import { definePlugin } from '../api/index.js';

interface Section {
  readonly ffmpeg_path: string;
  readonly max_frame_bytes: number;
}

export default definePlugin({
  name: 'ffmpeg-grabber',
  apiVersion: 1,
  setup(context) {
    context.provide('FrameGrabber', 'ffmpeg', (adapter) => {
      const section = adapter.config as unknown as Section;
      return createFfmpegGrabber(
        {
          ffmpegPath: section.ffmpeg_path,
          runDir: adapter.directories.run,
          maxFrameBytes: section.max_frame_bytes,
        },
        adapter,
      );
    });
  },
});
