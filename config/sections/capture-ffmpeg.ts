/** Options of the capture that owns a camera with one ffmpeg. */
export const captureFfmpegSection = {
  ffmpeg_path: {
    doc: 'The ffmpeg that captures and encodes.',
    format: String,
    default: 'ffmpeg',
    alias: 'FFMPEG_BIN',
  },
  max_bitrate_kbps: {
    doc: 'Upper bound of the encoded stream in kbit/s; a camera that delivers H.264 is passed on as it is.',
    format: 'nat',
    default: 8000,
  },
  encoder_threads: {
    doc: 'Threads of the encoder per camera. More than one helps with large pictures only.',
    format: 'nat',
    default: 1,
  },
  max_frame_bytes: { doc: 'Largest JPEG that a camera may deliver.', format: 'nat', default: 16_777_216 },
} as const;
