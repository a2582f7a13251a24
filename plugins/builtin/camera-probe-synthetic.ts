/** Asks synthetic cameras what they can do. */
import { createSyntheticProbe } from '../../adapters/camera-probe/synthetic/synthetic-probe.js';
import { definePlugin } from '../api/index.js';

export default definePlugin({
  name: 'camera-probe-synthetic',
  apiVersion: 1,
  setup(context) {
    context.provide('CameraProbe', 'synthetic', {
      kinds: ['synthetic'],
      create: () => createSyntheticProbe(),
    });
  },
});
