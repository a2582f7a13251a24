/** A Capture for whoever has pictures: they are checked, encoded and published, and end as the port says. */
import { pipeOf, spawnOwned } from '../../adapters/_shared/child-process.js';
import { dialectOf } from '../../adapters/_shared/ffmpeg-dialect.js';
import { encoderArguments, publishArguments } from '../../adapters/_shared/ffmpeg-encoder.js';
import { FFMPEG_COMMON } from '../../adapters/_shared/ffmpeg-input.js';
import { progressArguments, readProgress } from '../../adapters/_shared/ffmpeg-progress.js';
import type { CaptureJob, CaptureSession, Clock, Logger } from '../../ports/index.js';
import { PublishingSession } from './publishing-session.js';

export interface PublishJpegsOptions {
  readonly job: CaptureJob;
  /**
   * The camera: yields its pictures, each a whole JPEG file, as they come. Asked for once. Hand out at least one picture a second, the
   * last one again when nothing has changed: a viewer sees a picture when the next one comes, and the service takes silence for a
   * camera that hangs. Pictures of another size than `job.format` are scaled for viewers; what is no JPEG is left out, with a warning.
   *
   * It ends when the camera is gone. What it throws ends the capture: a PortError `DEVICE_BUSY` as `device_busy` (`detail.holder` says
   * which program has it), `DEVICE_GONE` and `SOURCE_UNAVAILABLE` as `device_gone`, anything else as `failed` with its message.
   * @param signal aborts when pictures are wanted no longer; the device is to be closed then.
   */
  frames(signal: AbortSignal): AsyncIterable<Uint8Array>;
  readonly clock: Clock;
  readonly log: Logger;
  /** The folder `directories.run` of the adapter's context. */
  readonly runDir: string;
  /** Default `ffmpeg`. */
  readonly ffmpegPath?: string;
  /** Upper bound of the encoded stream in kbit/s. Default 8000. */
  readonly maxBitrateKbps?: number;
  /** Largest picture in bytes; larger ones are left out. Default 16 MiB. */
  readonly maxFrameBytes?: number;
}

const MAX_FRAME_BYTES = 16 * 1024 * 1024;
const MAX_BITRATE_KBPS = 8000;
/** Pictures come by descriptor 0, progress leaves by 3. */
const STDIO = ['pipe', 'ignore', 'pipe', 'pipe'] as const;
const PROGRESS = 3;

/**
 * Does all of `Capture.start` but the look at the kind of the source. The stream it publishes is as the port wants it: H.264 without
 * B-frames, a keyframe at least each second, the intervals at which the pictures came.
 * @param signal that of `Capture.start`: ends the capture by force when it aborts.
 * @throws PortError `TOOL_MISSING` without ffmpeg; the signal's reason.
 */
export async function publishJpegs(
  options: PublishJpegsOptions,
  signal: AbortSignal,
): Promise<CaptureSession> {
  signal.throwIfAborted();
  const { job, clock, log, runDir, ffmpegPath = 'ffmpeg', maxFrameBytes = MAX_FRAME_BYTES } = options;
  const dialect = dialectOf(ffmpegPath, runDir);
  const args = await dialect.translate(argumentsOf(job, options.maxBitrateKbps ?? MAX_BITRATE_KBPS));
  signal.throwIfAborted();
  const child = await spawnOwned({
    label: `capture ${job.camera}`,
    command: ffmpegPath,
    args,
    runDir,
    stdio: STDIO,
  });
  const session = new PublishingSession(child, { clock, log, maxFrameBytes, format: job.format });
  readProgress(pipeOf(child, PROGRESS), (frames) => session.published(frames));
  const onAbort = (): void => void session.stop(0);
  signal.addEventListener('abort', onAbort, { once: true });
  void session.ended.then(({ tail }) => {
    dialect.learn(tail);
    signal.removeEventListener('abort', onAbort);
  });
  if (signal.aborted) {
    await session.stop(0);
    throw signal.reason;
  }
  session.take((until) => options.frames(until));
  return session;
}

function argumentsOf(job: CaptureJob, maxBitrateKbps: number): readonly string[] {
  const [width, height] = [even(job.format.width), even(job.format.height)];
  return [
    ...[...FFMPEG_COMMON, ...progressArguments(PROGRESS), '-threads', '1'],
    ...['-probesize', '32', '-analyzeduration', '0', '-fflags', 'nobuffer', '-f', 'ivf', '-i', 'pipe:0'],
    ...['-map', '0:v:0', '-an', '-vf', `scale=${width}:${height}`],
    ...encoderArguments(job.format.fps, { maxBitrateKbps, encoderThreads: 1 }),
    ...publishArguments(job.publishUrl),
  ];
}

/** The encoder has one colour for four pixels. */
function even(pixels: number): number {
  return Math.max(2, Math.floor(pixels / 2) * 2);
}
