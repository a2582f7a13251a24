import type { CameraCapabilities } from '../../../ports/index.js';
import type { Camera } from '../../cameras/camera.js';
import { formatsOf, pixelFormats, resolutionsOf } from '../../views/camera-view.js';
import { theCamera } from '../scope.js';
import { defineMethod } from '../define-method.js';
import { s } from '../../validation/schema.js';

const control = s.object({
  name: s.string(),
  type: s.oneOf('integer', 'boolean', 'menu', 'button', 'other'),
  minimum: s.optional(s.number()),
  maximum: s.optional(s.number()),
  step: s.optional(s.number()),
  default: s.optional(s.number()),
  menu: s.optional(s.array(s.string())),
});

export const getCameraCapabilities = defineMethod({
  name: 'get_camera_capabilities',
  summary: 'Returns the capabilities of a camera: formats, resolutions, frame rates and controls.',
  role: 'viewer',
  params: s.object({ device: s.cameraId() }),
  result: s.object({
    device: s.cameraId(),
    formats: pixelFormats,
    resolutions: s.array(s.string()),
    fps_options: s.array(s.number()),
    controls: s.array(control),
    validation_status: s.oneOf('NONE', 'DISCONNECTED', 'CONFIRMED'),
  }),
  errors: ['CAMERA_NOT_FOUND'],
  timeoutMs: 1_000,
  audited: false,
  uses: ['cameras'],
  handler: async ({ device }, { principal }, { cameras }) => {
    const camera = theCamera(device, cameras, principal);
    return {
      device,
      formats: formatsOf(camera.capabilities),
      resolutions: resolutionsOf(camera.capabilities),
      fps_options: ratesOf(camera.capabilities),
      controls: camera.capabilities?.controls ?? [],
      validation_status: validationOf(camera),
    };
  },
});

function ratesOf(capabilities: CameraCapabilities | undefined): number[] {
  const rates = (capabilities?.formats ?? []).flatMap((format) => format.sizes.flatMap((size) => size.fps));
  return [...new Set(rates)].sort((a, b) => b - a);
}

/** CONFIRMED: the camera itself said so. DISCONNECTED: it did, and is away. NONE: it was never asked. */
function validationOf(camera: Camera): 'NONE' | 'DISCONNECTED' | 'CONFIRMED' {
  if (camera.status === 'DISCONNECTED') return 'DISCONNECTED';
  return camera.capabilities ? 'CONFIRMED' : 'NONE';
}
