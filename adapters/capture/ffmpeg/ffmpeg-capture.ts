/** Owns a camera with one ffmpeg: H.264 to the media server, the newest JPEG to the service. */
import type { Capture, CaptureJob, CaptureSession } from '../../../ports/capture.js';
import type { Clock } from '../../../ports/clock.js';
import type { Logger } from '../../../ports/logger.js';
import { PortError } from '../../../ports/port-error.js';
import { spawnOwned } from '../../_shared/child-process.js';
import { dialectOf, type FfmpegDialect } from '../../_shared/ffmpeg-dialect.js';
import { FFMPEG_KINDS } from '../../_shared/ffmpeg-input.js';
import { CAPTURE_STDIO, captureArguments } from './capture-arguments.js';
import { FfmpegCaptureSession } from './capture-session.js';

export interface FfmpegCaptureOptions {
  readonly ffmpegPath: string;
  readonly runDir: string;
  /** Upper bound of the encoded stream. */
  readonly maxBitrateKbps: number;
  /** Threads of the encoder. More than one helps with large pictures only. */
  readonly encoderThreads: number;
  /** A picture of the camera may not be larger. */
  readonly maxFrameBytes: number;
}

export interface FfmpegCaptureDeps {
  readonly log: Logger;
  readonly clock: Clock;
}

export const FFMPEG_CAPTURE = 'ffmpeg';

/** @throws PortError `OPTION_INVALID`. */
export function createFfmpegCapture(options: FfmpegCaptureOptions, deps: FfmpegCaptureDeps): Capture {
  requireAtLeast(options, 'maxBitrateKbps', 100);
  requireAtLeast(options, 'encoderThreads', 1);
  requireAtLeast(options, 'maxFrameBytes', 64 * 1024);
  const dialect = dialectOf(options.ffmpegPath, options.runDir);
  return {
    name: FFMPEG_CAPTURE,
    supports: { kinds: FFMPEG_KINDS },
    start: (job, signal) => start(job, signal, { options, deps, dialect }),
  };
}

interface Parts {
  readonly options: FfmpegCaptureOptions;
  readonly deps: FfmpegCaptureDeps;
  readonly dialect: FfmpegDialect;
}

async function start(
  job: CaptureJob,
  signal: AbortSignal,
  { options, deps, dialect }: Parts,
): Promise<CaptureSession> {
  signal.throwIfAborted();
  const args = await dialect.translate(captureArguments(job, options));
  signal.throwIfAborted();
  const child = await spawnOwned({
    label: `capture ${job.camera}`,
    command: options.ffmpegPath,
    args,
    runDir: options.runDir,
    stdio: CAPTURE_STDIO,
  });
  const session = new FfmpegCaptureSession(child, job, {
    clock: deps.clock,
    maxFrameBytes: options.maxFrameBytes,
  });
  const onAbort = (): void => session.kill();
  signal.addEventListener('abort', onAbort, { once: true });
  void session.ended.then(({ reason, tail }) => {
    dialect.learn(tail);
    signal.removeEventListener('abort', onAbort);
    deps.log.debug('capture ended', { camera: job.camera, pid: child.pid, reason });
  });
  if (signal.aborted) {
    await session.stop(0);
    throw signal.reason;
  }
  return session;
}

function requireAtLeast(
  options: FfmpegCaptureOptions,
  option: 'maxBitrateKbps' | 'encoderThreads' | 'maxFrameBytes',
  least: number,
): void {
  if (Number.isInteger(options[option]) && options[option] >= least) return;
  const rule = `at least ${least}`;
  throw new PortError('OPTION_INVALID', { message: `${option} must be ${rule}`, detail: { option, rule } });
}
