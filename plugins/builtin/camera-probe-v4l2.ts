/** Asks V4L2 cameras what they can do. */
import { createV4l2Probe } from '../../adapters/camera-probe/v4l2/v4l2-probe.js';
import { definePlugin } from '../api/index.js';

export default definePlugin({
  name: 'camera-probe-v4l2',
  apiVersion: 1,
  setup(context) {
    context.provide('CameraProbe', 'v4l2', {
      kinds: ['v4l2'],
      create: () => createV4l2Probe(),
    });
  },
});
