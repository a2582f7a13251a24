/** Options of the cameras that exist in memory only, for demonstrations without ffmpeg. */
export const memoryDevicesSection = {
  count: { doc: 'How many cameras are plugged in from the start.', format: 'nat', default: 1 },
} as const;

export const memoryCaptureSection = {
  fps: { doc: 'Pictures per second that each capture makes by itself.', format: 'nat', default: 5 },
} as const;
