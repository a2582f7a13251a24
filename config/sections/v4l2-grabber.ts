/** Options of the grabber that takes pictures from idle V4L2 cameras. */
export const v4l2GrabberSection = {
  quality: { doc: 'Quality of JPEGs made from raw pictures, 1 to 100.', format: 'int', default: 90 },
  dark_below: {
    doc: 'Average luminance, 0 to 255, under which the first pictures of a camera count as dark.',
    format: 'nat',
    default: 6,
  },
  dark_frames: {
    doc: 'How many dark pictures are passed over before one is taken all the same.',
    format: 'nat',
    default: 8,
  },
  timeout_ms: {
    doc: 'Milliseconds without a usable picture after which the camera is given up.',
    format: 'nat',
    default: 5000,
  },
} as const;
