import { defineMethod } from '../define-method.js';
import { s } from '../../validation/schema.js';

export const protectRecording = defineMethod({
  name: 'protect_recording',
  summary: 'Protects a recording against deletion, or removes the protection.',
  role: 'operator',
  params: s.object({
    filename: s.filename({
      doc: 'File name without a path; its extension may be omitted if only one file is meant.',
    }),
    protected: s.bool('Whether the recording is protected. Kept across restarts of the service.'),
  }),
  result: s.object({ filename: s.string(), protected: s.bool() }),
  errors: ['FILE_NOT_FOUND', 'STORAGE_FULL', 'DEPENDENCY_FAILED'],
  timeoutMs: 10_000,
  audited: ['filename', 'protected'],
  needs: ['files'],
  handler: async ({ filename, protected: isProtected }, { principal }, { files }) => ({
    filename: await files.protect(filename, isProtected, principal),
    protected: isProtected,
  }),
});
