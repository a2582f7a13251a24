import type { CaptureSession, Frame } from '../../ports/index.js';
import { isPortError, PortError } from '../../ports/index.js';
import { failureOf } from './capture-failure.js';
import type { Stream } from './stream.js';

/** @returns the capture that runs, and is not being stopped. */
function runningCapture(stream: Stream): CaptureSession | undefined {
  return stream.status === 'STOPPING' ? undefined : stream.session;
}

/**
 * The next frame of a capture that runs.
 * @returns `undefined` when none runs, or it is being stopped before it has another frame.
 * @throws PortError that says how the capture ended, when it ends instead of delivering; the signal's reason.
 */
export async function nextFrame(stream: Stream, signal: AbortSignal): Promise<Frame | undefined> {
  const session = runningCapture(stream);
  if (session === undefined) return undefined;
  try {
    return await frameOf(stream, session, signal);
  } catch (cause) {
    if (isPortError(cause, 'NO_FRAME') && !stream.isWanted) return undefined;
    throw cause;
  }
}

/** The first frame of a capture that is being started. @throws as `nextFrame`; PortError that says why there is none. */
export async function firstFrame(stream: Stream, signal: AbortSignal): Promise<Frame> {
  const isDecided = (): boolean =>
    runningCapture(stream) !== undefined || stream.status === 'ERROR' || stream.obstacle() !== undefined;
  await stream.changed.until(isDecided, signal);
  const session = runningCapture(stream);
  if (!session) throw whyNot(stream);
  return await frameOf(stream, session, signal);
}

async function frameOf(stream: Stream, session: CaptureSession, signal: AbortSignal): Promise<Frame> {
  try {
    return await session.next(session.latest()?.sequence ?? -1, signal);
  } catch (cause) {
    if (!isPortError(cause, 'NO_FRAME') || signal.aborted) throw cause;
    const end = await session.ended;
    throw stream.obstacle() === undefined ? failureOf(end) : whyNot(stream);
  }
}

function whyNot(stream: Stream): PortError {
  const refusal = stream.refusal();
  if (refusal) return refusal;
  const obstacle = stream.obstacle();
  if (obstacle) return new PortError(obstacle, { message: 'the camera cannot be started', retryable: true });
  return stream.lastEnd ? failureOf(stream.lastEnd.end) : new PortError('NO_FRAME', { message: 'no stream' });
}
