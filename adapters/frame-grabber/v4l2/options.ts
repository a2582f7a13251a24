/** Options of the grabber that takes pictures from idle V4L2 cameras. */
import { option, options } from '../../../ports/options.js';

export const V4L2_GRABBER_OPTIONS = options({
  quality: option.integer({
    doc: 'Quality of JPEGs made from raw pictures, 1 to 100.',
    default: 90,
    minimum: 1,
    maximum: 100,
  }),
  dark_below: option.integer({
    doc: 'Average luminance, 0 to 255, under which the first pictures of a camera count as dark.',
    default: 6,
    maximum: 255,
  }),
  dark_frames: option.integer({
    doc: 'How many dark pictures are passed over before one is taken all the same.',
    default: 8,
  }),
  timeout_ms: option.ms({
    doc: 'Milliseconds without a usable picture after which the camera is given up.',
    default: 5000,
    minimum: 100,
  }),
});
