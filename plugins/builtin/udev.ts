/** Notices V4L2 cameras by the uevents of the kernel. */
import { createUdevSource } from '../../adapters/device-event-source/udev/udev-source.js';
import { definePlugin } from '../api/index.js';

interface Section {
  readonly directory: string;
  readonly sysfs: string;
  readonly interval_ms: number;
  readonly permission_grace_ms: number;
}

export default definePlugin({
  name: 'udev',
  apiVersion: 1,
  setup(context) {
    context.provide('DeviceEventSource', 'udev', (adapter) => {
      const section = adapter.config as unknown as Section;
      return createUdevSource(
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
