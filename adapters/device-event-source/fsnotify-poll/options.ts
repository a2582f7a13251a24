/** Options of the source that notices V4L2 cameras by inotify and by looking. */
import { option, options } from '../../../ports/options.js';
import { WATCH_OPTIONS } from '../../_shared/v4l2/watch-options.js';

export const FSNOTIFY_POLL_OPTIONS = options({
  ...WATCH_OPTIONS,
  interval_ms: option.ms({
    doc: 'Interval between scans of the device nodes while inotify reports no events.',
    default: 10_000,
    minimum: 100,
  }),
});
