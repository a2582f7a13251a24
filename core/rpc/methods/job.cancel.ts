import { defineMethod } from '../define-method.js';
import { s } from '../../validation/schema.js';

export const cancelJob = defineMethod({
  name: 'cancel_job',
  summary: 'Cancels a conversion or an export. The recordings that it works on are kept as they are.',
  role: 'operator',
  params: s.object({ job_id: s.string({ min: 1, max: 100 }) }),
  result: s.object({
    job_id: s.string(),
    device: s.cameraId(),
    cancelled: s.constant(true),
    message: s.string(),
  }),
  errors: ['INVALID_STATE'],
  timeoutMs: 5_000,
  audited: ['job_id'],
  uses: ['jobs'],
  handler: async ({ job_id: jobId }, { principal }, { jobs }) => {
    const { camera, filename } = jobs.cancel(jobId, principal);
    return {
      job_id: jobId,
      device: camera,
      cancelled: true as const,
      message: `The work on ${filename} has been cancelled.`,
    };
  },
});
