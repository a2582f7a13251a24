/** Options of the test-pattern cameras. */
export const syntheticSection = {
  cameras: {
    doc: 'Test-pattern cameras: a list of {name, width, height, fps}. Sizes are even, at most 3840 x 2160; 1 to 60 fps.',
    format: 'list',
    default: [] as { name: string; width: number; height: number; fps: number }[],
  },
  ffmpeg_path: {
    doc: 'The ffmpeg that draws the pictures.',
    format: String,
    default: 'ffmpeg',
    alias: 'FFMPEG_BIN',
  },
} as const;
