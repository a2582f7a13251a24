/** Options of the source that notices V4L2 cameras by the uevents of the kernel. */
import { option, options } from '../../../ports/options.js';
import { WATCH_OPTIONS } from '../../_shared/v4l2/watch-options.js';

export const UDEV_OPTIONS = options({
  ...WATCH_OPTIONS,
  interval_ms: option.ms({
    doc: 'Interval between scans of the device nodes while the kernel reports no events.',
    default: 60_000,
    minimum: 100,
  }),
});
