/** Options of the grabber that takes pictures from idle V4L2 cameras. */
import { option, options } from '../../../ports/options.js';

export const V4L2_GRABBER_OPTIONS = options({
  quality: option.integer({
    doc: 'JPEG quality for encoding raw frames, 1 to 100.',
    default: 90,
    minimum: 1,
    maximum: 100,
  }),
  dark_below: option.integer({
    doc: 'Average luminance, 0 to 255, below which the first frames of a camera count as dark.',
    default: 6,
    maximum: 255,
  }),
  dark_frames: option.integer({
    doc: 'Number of dark frames to skip before one is accepted.',
    default: 8,
  }),
  timeout_ms: option.ms({
    doc: 'Time without a usable frame after which the attempt fails.',
    default: 5000,
    minimum: 100,
  }),
});
