/** Takes pictures from idle V4L2 cameras. */
import { createV4l2Grabber } from '../../adapters/frame-grabber/v4l2/v4l2-grabber.js';
import { definePlugin } from '../api/index.js';

interface Section {
  readonly quality: number;
  readonly dark_below: number;
  readonly dark_frames: number;
  readonly timeout_ms: number;
}

export default definePlugin({
  name: 'v4l2-grabber',
  apiVersion: 1,
  setup(context) {
    context.provide('FrameGrabber', 'v4l2', (adapter) => {
      const section = adapter.config as unknown as Section;
      return createV4l2Grabber(
        {
          quality: section.quality,
          darkBelow: section.dark_below,
          darkFrames: section.dark_frames,
          timeoutMs: section.timeout_ms,
        },
        adapter,
      );
    });
  },
});
