/** Takes pictures from idle V4L2 cameras. */
import { createV4l2Grabber } from '../../adapters/frame-grabber/v4l2/v4l2-grabber.js';
import { V4L2_GRABBER_OPTIONS } from '../../adapters/frame-grabber/v4l2/options.js';
import { camelCased, definePlugin } from '../api/index.js';

export default definePlugin({
  name: 'frame-grabber-v4l2',
  apiVersion: 1,
  setup(context) {
    context.provide('FrameGrabber', 'v4l2', {
      kinds: ['v4l2'],
      options: V4L2_GRABBER_OPTIONS,
      section: 'v4l2_grabber',
      create: (adapter) => createV4l2Grabber(camelCased(adapter.config), adapter),
    });
  },
});
