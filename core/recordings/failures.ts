import { isPortError } from '../../ports/index.js';
import { dependencyFailed, fromPortError, ServiceError } from '../errors/service-error.js';
import { DeadlineError } from '../lifecycle/deadline.js';
import type { RecordingSession } from './recording-session.js';

export function recordingInProgress(session: RecordingSession): ServiceError<'RECORDING_IN_PROGRESS'> {
  return new ServiceError('RECORDING_IN_PROGRESS', {
    device: session.camera,
    filename: session.files[0]?.filename ?? '',
    start_time: new Date(session.startedAt).toISOString(),
  });
}

export function storageFull(availableBytes: number, requiredBytes: number): ServiceError<'STORAGE_FULL'> {
  return new ServiceError('STORAGE_FULL', {
    available_bytes: availableBytes,
    required_bytes: requiredBytes,
  });
}

/** Why a recording did not start, for clients. @param lastWords what the camera's stream failed with, if it did. */
export function startFailure(cause: unknown, device: string, lastWords: string | undefined): ServiceError {
  if (cause instanceof ServiceError) return cause;
  if (isPortError(cause)) return fromPortError(cause, { device });
  if (!(cause instanceof DeadlineError))
    return dependencyFailed('recording', 'the recording could not start', { cause });
  const limit = String(cause.durationMs);
  const detail = `nothing was recorded within ${limit} ms: ${lastWords ?? 'no bytes on disk'}`;
  return dependencyFailed('camera', detail, { cause });
}
