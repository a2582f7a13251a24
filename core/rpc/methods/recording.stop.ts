import { RECORDING_FORMATS, REWRITTEN_FORMATS } from '../../recordings/recording-session.js';
import type { Conversion } from '../../recordings/conversions.js';
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
    format: s.oneOf(...RECORDING_FORMATS),
    conversion: s.optional(
      s.object(
        {
          format: s.oneOf(...REWRITTEN_FORMATS),
          state: s.oneOf('DONE', 'RUNNING', 'FAILED'),
          job_ids: s.array(s.string({ doc: 'For cancel_job and remux.progress, one for each file.' })),
        },
        'Present if the requested format is made from the recorded files. RUNNING: it takes longer, remux.progress tells the new names, and the result names the recorded files. FAILED: at least one file is kept as it was recorded.',
      ),
    ),
    gaps: s.array(gapView),
  }),
  errors: ['CAMERA_NOT_FOUND', 'INVALID_STATE'],
  // Long enough to measure the files, and to wait for a short one to be rewritten.
  timeoutMs: 120_000,
  audited: ['device'],
  needs: ['recordings'],
  uses: ['cameras'],
  handler: async ({ device }, { principal }, { cameras, recordings }) => {
    theCamera(device, cameras, principal);
    const stopped = await recordings.end(device, 'stop_recording');
    const { session, endedAt, seconds, sizeBytes, conversion } = stopped;
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
      // What is there: the requested format only when it has been made.
      format: conversion === undefined || conversion.state === 'DONE' ? session.format : 'fmp4',
      ...(conversion === undefined ? {} : { conversion: describe(conversion) }),
      gaps: session.gaps.map(describeGap),
    };
  },
});

function describe({ format, state, jobIds }: Conversion) {
  return { format, state, job_ids: jobIds };
}
