/** Notices V4L2 cameras by the uevents of the kernel. */
import { createUdevSource } from '../../adapters/device-event-source/udev/udev-source.js';
import { UDEV_OPTIONS } from '../../adapters/device-event-source/udev/options.js';
import { camelCased, definePlugin } from '../api/index.js';

export default definePlugin({
  name: 'device-event-source-udev',
  apiVersion: 1,
  setup(context) {
    context.provide('DeviceEventSource', 'udev', {
      kinds: ['v4l2'],
      options: UDEV_OPTIONS,
      section: 'udev',
      create: (adapter) => createUdevSource(camelCased(adapter.config), adapter),
    });
  },
});
