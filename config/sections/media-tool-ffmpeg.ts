/** Options of the tool that looks into media files and rewrites them. */
export const mediaToolFfmpegSection = {
  ffmpeg_path: {
    doc: 'The ffmpeg that rewrites files and pictures.',
    format: String,
    default: 'ffmpeg',
    alias: 'FFMPEG_BIN',
  },
  ffprobe_path: { doc: 'The ffprobe that looks into files.', format: String, default: 'ffprobe' },
} as const;
