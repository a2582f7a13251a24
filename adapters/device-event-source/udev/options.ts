/** Options of the source that notices V4L2 cameras by the uevents of the kernel. */
import { option, options } from '../../../ports/options.js';
import { WATCH_OPTIONS } from '../../_shared/v4l2/watch-options.js';

export const UDEV_OPTIONS = options({
  ...WATCH_OPTIONS,
  interval_ms: option.ms({
    doc: 'Milliseconds between two looks when the kernel reports nothing.',
    default: 60_000,
    minimum: 100,
  }),
});
