/** Owns a camera with one ffmpeg. */
import { createFfmpegCapture } from '../../adapters/capture/ffmpeg/ffmpeg-capture.js';
import { definePlugin } from '../api/index.js';

interface Section {
  readonly ffmpeg_path: string;
  readonly max_bitrate_kbps: number;
  readonly encoder_threads: number;
  readonly max_frame_bytes: number;
}

export default definePlugin({
  name: 'ffmpeg-capture',
  apiVersion: 1,
  setup(context) {
    context.provide('Capture', 'ffmpeg', (adapter) => {
      const section = adapter.config as unknown as Section;
      return createFfmpegCapture(
        {
          ffmpegPath: section.ffmpeg_path,
          runDir: adapter.directories.run,
          maxBitrateKbps: section.max_bitrate_kbps,
          encoderThreads: section.encoder_threads,
          maxFrameBytes: section.max_frame_bytes,
        },
        adapter,
      );
    });
  },
});
