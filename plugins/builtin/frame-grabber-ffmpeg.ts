/** Takes one picture from an idle camera with ffmpeg. */
import { createFfmpegGrabber } from '../../adapters/frame-grabber/ffmpeg/ffmpeg-grabber.js';
import { FFMPEG_GRABBER_OPTIONS } from '../../adapters/frame-grabber/ffmpeg/options.js';
import { camelCased, definePlugin } from '../api/index.js';

export default definePlugin({
  name: 'frame-grabber-ffmpeg',
  apiVersion: 1,
  setup(context) {
    context.provide('FrameGrabber', 'ffmpeg', {
      kinds: ['v4l2', 'synthetic'],
      options: FFMPEG_GRABBER_OPTIONS,
      section: 'ffmpeg_grabber',
      create: (adapter) =>
        createFfmpegGrabber({ ...camelCased(adapter.config), runDir: adapter.directories.run }, adapter),
    });
  },
});
