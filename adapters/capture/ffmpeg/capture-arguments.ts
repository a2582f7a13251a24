/** The command line of a capture: one input, the stream to the media server, and JPEGs on a pipe. */
import type { CaptureJob } from '../../../ports/capture.js';
import { encoderArguments, publishArguments, type EncoderOptions } from '../../_shared/ffmpeg-encoder.js';
import { progressArguments } from '../../_shared/ffmpeg-progress.js';
import { FFMPEG_COMMON, inputArguments, isJpegFormat } from '../../_shared/ffmpeg-input.js';

/** Pictures leave by descriptor 3, progress by 4. */
export const CAPTURE_STDIO = ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'] as const;

/** @throws PortError `DEVICE_UNSUPPORTED`. */
export function captureArguments(job: CaptureJob, encoder: EncoderOptions): readonly string[] {
  return [
    ...[...FFMPEG_COMMON, ...progressArguments(4)],
    ...inputArguments(job.source, job.format),
    ...['-map', '0:v:0', '-an', ...video(job, encoder), ...publishArguments(job.publishUrl)],
    ...['-map', '0:v:0', '-an', ...tap(job), '-flush_packets', '1', '-f', 'image2pipe', 'pipe:3'],
  ];
}

function video(job: CaptureJob, encoder: EncoderOptions): readonly string[] {
  return job.format.pixelFormat === 'H264' ? ['-c:v', 'copy'] : encoderArguments(job.format.fps, encoder);
}

function tap(job: CaptureJob): readonly string[] {
  // Fine ticks: ffmpeg complains about each two arrivals that round onto one.
  if (isJpegFormat(job.format)) return ['-c:v', 'copy', '-time_base', '1:1000000'];
  return ['-vf', `fps=${job.tapFps}`, '-c:v', 'mjpeg', '-threads', '1', '-q:v', '3', '-pix_fmt', 'yuvj420p'];
}
