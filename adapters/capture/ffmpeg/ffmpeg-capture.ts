/** Owns a camera with one ffmpeg: H.264 to the media server, the newest JPEG to the service. */
import type { Capture, CaptureJob, CaptureSession } from '../../../ports/capture.js';
import type { Clock } from '../../../ports/clock.js';
import type { Logger } from '../../../ports/logger.js';
import type { CamelCased, OptionValue } from '../../../ports/options.js';
import { spawnOwned } from '../../_shared/child-process.js';
import { dialectOf, type FfmpegDialect } from '../../_shared/ffmpeg-dialect.js';
import { FFMPEG_KINDS } from '../../_shared/ffmpeg-input.js';
import { CAPTURE_STDIO, captureArguments } from './capture-arguments.js';
import { FfmpegCaptureSession } from './capture-session.js';
import { troubleWithFfmpeg } from './ffmpeg-check.js';
import type { FFMPEG_CAPTURE_OPTIONS } from './options.js';

export interface FfmpegCaptureOptions extends CamelCased<OptionValue<typeof FFMPEG_CAPTURE_OPTIONS>> {
  readonly runDir: string;
}

export interface FfmpegCaptureDeps {
  readonly log: Logger;
  readonly clock: Clock;
}

export const FFMPEG_CAPTURE = 'ffmpeg';

export function createFfmpegCapture(options: FfmpegCaptureOptions, deps: FfmpegCaptureDeps): Capture {
  const dialect = dialectOf(options.ffmpegPath, options.runDir);
  return {
    name: FFMPEG_CAPTURE,
    supports: { kinds: FFMPEG_KINDS },
    trouble: (signal) => troubleWithFfmpeg(options.ffmpegPath, options.runDir, signal),
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
