import { describeGap, gapView } from '../../views/gap-view.js';
import { isoTime } from '../../views/camera-view.js';
import { theCamera } from '../scope.js';
import { defineMethod } from '../define-method.js';
import { s } from '../../validation/schema.js';

export const stopRecording = defineMethod({
  name: 'stop_recording',
  summary: 'Stops a recording and closes its files.',
  role: 'operator',
  params: s.object({ device: s.cameraId() }),
  result: s.object({
    device: s.cameraId(),
    session_id: s.string(),
    filename: s.string({ doc: 'Name of the first file; empty if nothing was written.' }),
    files: s.array(s.string()),
    status: s.constant('STOPPED'),
    start_time: s.time(),
    end_time: s.time(),
    duration: s.number({ min: 0, doc: 'Total duration of all files in seconds, without gaps.' }),
    file_size: s.int({ min: 0, doc: 'Total size of all files in bytes.' }),
    format: s.oneOf('fmp4', 'mp4', 'mpegts', 'mkv'),
    gaps: s.array(gapView),
  }),
  errors: ['CAMERA_NOT_FOUND', 'INVALID_STATE'],
  // Long enough for another container to be written.
  timeoutMs: 660_000,
  audited: ['device'],
  needs: ['recordings'],
  uses: ['cameras'],
  handler: async ({ device }, { principal }, { cameras, recordings }) => {
    theCamera(device, cameras, principal);
    const { session, endedAt, seconds, sizeBytes } = await recordings.end(device, 'stop_recording');
    return {
      device,
      session_id: session.sessionId,
      filename: session.files[0]?.filename ?? '',
      files: session.files.map((file) => file.filename),
      status: 'STOPPED' as const,
      start_time: isoTime(session.startedAt),
      end_time: isoTime(endedAt),
      duration: seconds,
      file_size: sizeBytes,
      format: session.format,
      gaps: session.gaps.map(describeGap),
    };
  },
});
