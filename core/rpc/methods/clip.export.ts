import { CLIP_FORMATS } from '../../library/clip-service.js';
import { describeGap, gapView } from '../../views/gap-view.js';
import { isoTime } from '../../views/camera-view.js';
import { theCamera } from '../scope.js';
import { defineMethod } from '../define-method.js';
import { s } from '../../validation/schema.js';

export const exportClip = defineMethod({
  name: 'export_clip',
  summary:
    'Makes one file of the recordings of a camera in a period of time, including the recording that is being written.',
  role: 'operator',
  params: s.object({
    device: s.cameraId(),
    from: s.time('Beginning of the period.'),
    to: s.time('End of the period.'),
    format: s.optional(s.oneOf(...CLIP_FORMATS)),
    exact: s.optional(
      s.bool(
        'true: the clip begins with the first frame of the period, for which it is encoded again. false (default): frames are copied, and each part begins with the keyframe at or before its beginning.',
      ),
    ),
  }),
  result: s.object({
    device: s.cameraId(),
    filename: s.string({ doc: 'A recording like others, for listings, downloads and deletion.' }),
    from: s.time('When the first frame was taken.'),
    to: s.time('When the last frame ends.'),
    duration: s.number({ min: 0, doc: 'Seconds of video, without gaps.' }),
    file_size: s.int({ min: 0 }),
    format: s.oneOf(...CLIP_FORMATS),
    exact: s.bool(),
    gaps: s.array(gapView),
    state: s.oneOf('DONE', 'RUNNING'),
    job_id: s.string({ doc: 'For cancel_job and export.progress.' }),
  }),
  errors: [
    'CAMERA_NOT_FOUND',
    'FILE_NOT_FOUND',
    'INVALID_STATE',
    'UNSUPPORTED',
    'DEPENDENCY_FAILED',
    'STORAGE_FULL',
  ],
  // It answers with the state RUNNING before.
  timeoutMs: 150_000,
  audited: ['device', 'from', 'to', 'format', 'exact'],
  needs: ['files', 'recordings'],
  uses: ['cameras', 'clips'],
  handler: async (
    { device, from, to, format = 'mp4', exact = false },
    { principal, signal },
    { cameras, clips },
  ) => {
    // What a camera has recorded outlives it.
    if (!(await clips.knows(device))) theCamera(device, cameras, principal);
    const span = { from: Date.parse(from), to: Date.parse(to) };
    const clip = await clips.export({ camera: device, ...span, format, exact }, signal);
    return {
      device,
      filename: clip.filename,
      from: isoTime(clip.from),
      to: isoTime(clip.to),
      duration: clip.durationSeconds,
      file_size: clip.sizeBytes,
      format,
      exact,
      gaps: clip.gaps.map(describeGap),
      state: clip.state,
      job_id: clip.jobId,
    };
  },
});
