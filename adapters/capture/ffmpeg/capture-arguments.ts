/** The command line of a capture: one input, the stream to the media server, and JPEGs on a pipe. */
import type { CaptureJob } from '../../../ports/capture.js';
import { FFMPEG_COMMON, inputArguments, isJpegFormat } from '../../_shared/ffmpeg-input.js';

export interface EncoderOptions {
  readonly maxBitrateKbps: number;
  readonly encoderThreads: number;
}

/** Pictures leave by descriptor 3, progress by 4. */
export const CAPTURE_STDIO = ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'] as const;

/**
 * A keyframe each second, and every 100 ms in the first three: the first viewer comes a moment too late for the very first one
 * and would wait for a second.
 */
const KEYFRAMES = 'expr:if(isnan(prev_forced_t),1,gte(t,prev_forced_t+if(lt(t,3),0.099,0.999)))';

/** @throws PortError `DEVICE_UNSUPPORTED`. */
export function captureArguments(job: CaptureJob, encoder: EncoderOptions): readonly string[] {
  return [
    ...[...FFMPEG_COMMON, '-progress', 'pipe:4', '-stats_period', '0.25'],
    ...inputArguments(job.source, job.format),
    ...['-map', '0:v:0', '-an', ...video(job, encoder)],
    // Larger RTP packets are cut again by the media server.
    ...['-pkt_size', '1400', '-rtsp_transport', 'tcp', '-f', 'rtsp', job.publishUrl],
    ...['-map', '0:v:0', '-an', ...tap(job), '-flush_packets', '1', '-f', 'image2pipe', 'pipe:3'],
  ];
}

function video(job: CaptureJob, encoder: EncoderOptions): readonly string[] {
  if (job.format.pixelFormat === 'H264') return ['-c:v', 'copy'];
  const rate = `${encoder.maxBitrateKbps}k`;
  return [
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-profile:v', 'baseline'],
    ...['-pix_fmt', 'yuv420p', '-bf', '0', '-threads', String(encoder.encoderThreads)],
    ...['-crf', '23', '-maxrate', rate, '-bufsize', rate],
    ...[
      '-g',
      String(Math.max(2, Math.ceil(job.format.fps * 2))),
      '-force_key_frames',
      KEYFRAMES,
      '-forced-idr',
      '1',
    ],
    // Each picture keeps the time it came with: no doubling, no dropping, no rounding to a nominal rate.
    ...['-fps_mode', 'passthrough', '-enc_time_base', '-1'],
  ];
}

function tap(job: CaptureJob): readonly string[] {
  // Fine ticks: ffmpeg complains about each two arrivals that round onto one.
  if (isJpegFormat(job.format)) return ['-c:v', 'copy', '-time_base', '1:1000000'];
  return ['-vf', `fps=${job.tapFps}`, '-c:v', 'mjpeg', '-threads', '1', '-q:v', '3', '-pix_fmt', 'yuvj420p'];
}
