import { RECORDING_FORMATS } from '../../recordings/recording-session.js';
import { unsupported } from '../../errors/service-error.js';
import { isoTime } from '../../views/camera-view.js';
import { theCamera } from '../scope.js';
import { defineMethod } from '../define-method.js';
import { s } from '../../validation/schema.js';

export const startRecording = defineMethod({
  name: 'start_recording',
  summary: 'Starts a recording. The result is sent when the first bytes are on disk.',
  role: 'operator',
  params: s.object({
    device: s.cameraId(),
    duration: s.optional(
      s.int({
        min: 1,
        max: 86_400,
        doc: 'Duration in seconds. If omitted, the recording continues until it is stopped.',
      }),
    ),
    format: s.optional(s.oneOf(...RECORDING_FORMATS)),
    pre_seconds: s.optional(s.int({ min: 0, max: 60 })),
  }),
  result: s.object({
    device: s.cameraId(),
    session_id: s.string(),
    filename: s.string(),
    status: s.constant('RECORDING'),
    start_time: s.time(),
    format: s.oneOf(...RECORDING_FORMATS),
  }),
  errors: [
    'CAMERA_NOT_FOUND',
    'DEVICE_BUSY',
    'RECORDING_IN_PROGRESS',
    'INVALID_STATE',
    'UNSUPPORTED',
    'DEPENDENCY_FAILED',
    'STORAGE_FULL',
  ],
  timeoutMs: 30_000,
  audited: ['device', 'duration', 'format', 'pre_seconds'],
  needs: ['recordings'],
  uses: ['cameras'],
  handler: async (
    { device, duration, format, pre_seconds: preSeconds = 0 },
    { principal, signal },
    { cameras, recordings },
  ) => {
    const camera = theCamera(device, cameras, principal);
    if (preSeconds > 0)
      throw unsupported('pre_seconds', 'Start the recording earlier, or record continuously.');
    const session = await recordings.begin({ camera, format, durationSeconds: duration }, signal);
    return {
      device,
      session_id: session.sessionId,
      filename: session.files[0]?.filename ?? '',
      status: 'RECORDING' as const,
      start_time: isoTime(session.startedAt),
      format: session.format,
    };
  },
});
