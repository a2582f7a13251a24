/** Notices V4L2 cameras by inotify and by looking, for containers that get no uevents. */
import { createFsnotifyPollSource } from '../../adapters/device-event-source/fsnotify-poll/fsnotify-poll-source.js';
import { FSNOTIFY_POLL_OPTIONS } from '../../adapters/device-event-source/fsnotify-poll/options.js';
import { camelCased, definePlugin } from '../api/index.js';

export default definePlugin({
  name: 'device-event-source-fsnotify-poll',
  apiVersion: 1,
  setup(context) {
    context.provide('DeviceEventSource', 'fsnotify-poll', {
      kinds: ['v4l2'],
      options: FSNOTIFY_POLL_OPTIONS,
      section: 'fsnotify_poll',
      create: (adapter) => createFsnotifyPollSource(camelCased(adapter.config), adapter),
    });
  },
});
