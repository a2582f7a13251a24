/** Owns a camera with one ffmpeg. */
import { createFfmpegCapture } from '../../adapters/capture/ffmpeg/ffmpeg-capture.js';
import { FFMPEG_CAPTURE_OPTIONS } from '../../adapters/capture/ffmpeg/options.js';
import { camelCased, definePlugin } from '../api/index.js';

export default definePlugin({
  name: 'capture-ffmpeg',
  apiVersion: 1,
  setup(context) {
    context.provide('Capture', 'ffmpeg', {
      kinds: ['v4l2', 'synthetic'],
      options: FFMPEG_CAPTURE_OPTIONS,
      section: 'ffmpeg_capture',
      create: (adapter) =>
        createFfmpegCapture({ ...camelCased(adapter.config), runDir: adapter.directories.run }, adapter),
    });
  },
});
