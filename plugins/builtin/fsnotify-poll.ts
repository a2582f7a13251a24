/** Notices V4L2 cameras by inotify and by looking, for containers that get no uevents. */
import { createFsnotifyPollSource } from '../../adapters/device-event-source/fsnotify-poll/fsnotify-poll-source.js';
import { definePlugin } from '../api/index.js';

interface Section {
  readonly directory: string;
  readonly sysfs: string;
  readonly interval_ms: number;
  readonly permission_grace_ms: number;
}

export default definePlugin({
  name: 'fsnotify-poll',
  apiVersion: 1,
  setup(context) {
    context.provide('DeviceEventSource', 'fsnotify-poll', (adapter) => {
      const section = adapter.config as unknown as Section;
      return createFsnotifyPollSource(
        {
          directory: section.directory,
          sysfs: section.sysfs,
          intervalMs: section.interval_ms,
          permissionGraceMs: section.permission_grace_ms,
        },
        adapter,
      );
    });
  },
});
