import { isoTime } from '../../views/camera-view.js';
import { theCamera } from '../scope.js';
import { defineMethod } from '../define-method.js';
import { s } from '../../validation/schema.js';
import { invalidParam } from '../../errors/service-error.js';
import type { Principal } from '../../../ports/index.js';

export const takeSnapshot = defineMethod({
  name: 'take_snapshot',
  summary: 'Takes a snapshot and stores it.',
  role: 'operator',
  params: s.object({
    device: s.cameraId(),
    filename: s.optional(
      s.filename({
        doc: 'File name without a path. If the credential is limited to certain cameras, it must begin with the device and an underscore.',
      }),
    ),
    overwrite: s.optional(
      s.bool(
        'Replaces a snapshot that has this filename. Without it, an existing name is refused with rule: exists.',
      ),
    ),
    format: s.optional(s.oneOf('jpg', 'png')),
    quality: s.optional(
      s.int({ min: 1, max: 100, doc: 'JPEG quality; the image is encoded again. Not available for PNG.' }),
    ),
    max_age_ms: s.optional(
      s.int({ min: 0, max: 60_000, doc: 'Maximum age of a frame that may be used for the snapshot.' }),
    ),
    width: s.optional(s.int({ min: 16, max: 8_192, doc: 'Width in pixels; images are never enlarged.' })),
  }),
  result: s.object({
    device: s.cameraId(),
    filename: s.string(),
    status: s.constant('SUCCESS'),
    timestamp: s.time(),
    file_size: s.int({ min: 1 }),
    file_path: s.string({ doc: 'Path from which the file can be downloaded with a credential.' }),
    width: s.int({ min: 1 }),
    height: s.int({ min: 1 }),
    tier_used: s.int({ min: 0, max: 3 }),
    capture_time_ms: s.int({ min: 0 }),
    frame_age_ms: s.int({ min: 0 }),
  }),
  errors: [
    'CAMERA_NOT_FOUND',
    'DEVICE_BUSY',
    'INVALID_STATE',
    'UNSUPPORTED',
    'DEPENDENCY_FAILED',
    'STORAGE_FULL',
  ],
  timeoutMs: 12_000,
  audited: ['device', 'filename', 'overwrite', 'format', 'quality', 'max_age_ms', 'width'],
  needs: ['snapshots'],
  uses: ['cameras'],
  handler: async (params, { principal, signal }, { cameras, snapshots }) => {
    const camera = theCamera(params.device, cameras, principal);
    const { max_age_ms: maxAgeMs, filename, overwrite, format, quality, width } = params;
    requireOwnName(filename, camera.id, principal);
    const request = { camera, filename, overwrite, format, quality, width, maxAgeMs };
    const snapshot = await snapshots.take(request, signal);
    return {
      device: camera.id,
      filename: snapshot.file.filename,
      status: 'SUCCESS' as const,
      timestamp: isoTime(snapshot.takenAt),
      file_size: snapshot.file.sizeBytes,
      file_path: `/files/snapshots/${snapshot.file.filename}`,
      width: snapshot.width,
      height: snapshot.height,
      tier_used: snapshot.tier,
      capture_time_ms: snapshot.captureTimeMs,
      frame_age_ms: snapshot.frameAgeMs,
    };
  },
});

/** Whether a name is taken must not tell anybody what there is of cameras that they may not know of. */
function requireOwnName(filename: string | undefined, device: string, { cameras }: Principal): void {
  if (cameras === undefined || filename === undefined || filename.startsWith(`${device}_`)) return;
  throw invalidParam(
    'filename',
    'prefix',
    `This credential is limited to certain cameras, so the name must begin with ${device}_.`,
  );
}
