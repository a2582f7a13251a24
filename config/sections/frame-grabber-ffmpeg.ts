/** Options of the grabber that takes one picture with a short-lived ffmpeg. */
export const frameGrabberFfmpegSection = {
  ffmpeg_path: {
    doc: 'The ffmpeg that takes the picture.',
    format: String,
    default: 'ffmpeg',
    alias: 'FFMPEG_BIN',
  },
  max_frame_bytes: { doc: 'Largest JPEG that a camera may deliver.', format: 'nat', default: 16_777_216 },
} as const;
