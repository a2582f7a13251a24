/** How ffmpeg is told to open a camera. */
import type { CaptureFormat } from '../../ports/capture.js';
import type { SourceDescriptor } from '../../ports/device-event-source.js';
import { PortError } from '../../ports/port-error.js';

/** The kinds of source that ffmpeg opens as a device. */
export const FFMPEG_KINDS = ['v4l2', 'synthetic'] as const;

const V4L2_NAMES: Readonly<Record<string, string>> = {
  MJPG: 'mjpeg',
  JPEG: 'mjpeg',
  H264: 'h264',
  YUYV: 'yuyv422',
};
const RAW_NAMES: Readonly<Record<string, string>> = {
  NV12: 'nv12',
  YU12: 'yuv420p',
  UYVY: 'uyvy422',
  GREY: 'gray',
};

export function isJpegFormat(format: CaptureFormat): boolean {
  return format.pixelFormat === 'MJPG' || format.pixelFormat === 'JPEG';
}

/** Quiet, without a terminal, without decoder threads: each of those would hold back one picture. */
export const FFMPEG_COMMON = ['-hide_banner', '-loglevel', 'error', '-nostdin', '-nostats'] as const;

/**
 * The arguments up to and with `-i`.
 * @throws PortError `DEVICE_UNSUPPORTED` for a kind or a pixel format that ffmpeg cannot take.
 */
export function inputArguments(source: SourceDescriptor, format: CaptureFormat): readonly string[] {
  if (source.kind === 'synthetic') return syntheticInput(source, format);
  if (source.kind === 'v4l2') return v4l2Input(source, format);
  throw unsupported('kind', source.kind);
}

function v4l2Input(source: SourceDescriptor, format: CaptureFormat): readonly string[] {
  const inputFormat = V4L2_NAMES[format.pixelFormat] ?? RAW_NAMES[format.pixelFormat];
  if (inputFormat === undefined) throw unsupported('pixel_format', format.pixelFormat);
  const size = `${format.width}x${format.height}`;
  return [
    ...['-threads', '1', '-f', 'v4l2', '-input_format', inputFormat, '-video_size', size],
    ...['-framerate', String(format.fps), '-i', source.locator],
  ];
}

/** The stream carries no times, so each picture gets the time of its arrival; probing would hold back the first ones. */
function syntheticInput(source: SourceDescriptor, format: CaptureFormat): readonly string[] {
  if (!isJpegFormat(format)) throw unsupported('pixel_format', format.pixelFormat);
  return [
    ...[
      '-threads',
      '1',
      '-f',
      'mjpeg',
      '-framerate',
      String(format.fps),
      '-use_wallclock_as_timestamps',
      '1',
    ],
    ...['-probesize', '32', '-analyzeduration', '0', '-fflags', 'nobuffer', '-i', `unix:${source.locator}`],
  ];
}

function unsupported(reason: string, value: string): PortError {
  return new PortError('DEVICE_UNSUPPORTED', {
    message: `ffmpeg cannot open a camera with ${reason} ${value}`,
    detail: { reason, value },
  });
}
