import {
  cameraEntry,
  describeCamera,
  formatsOf,
  isoTime,
  pixelFormats,
  resolutionsOf,
} from '../../views/camera-view.js';
import { defineMethod } from '../define-method.js';
import { theCamera, urlsFor } from '../scope.js';
import { s } from '../../validation/schema.js';

export const getCameraStatus = defineMethod({
  name: 'get_camera_status',
  summary:
    'Returns everything known about one camera: status, metrics, capabilities, and how it got its identifier.',
  role: 'viewer',
  params: s.object({ device: s.cameraId() }),
  result: s.object({
    ...cameraEntry,
    metrics: s.object({
      bytes_sent: s.int({ min: 0 }),
      readers: s.int({ min: 0 }),
      uptime: s.number({ min: 0, doc: 'Seconds since the stream started; 0 while it is not running.' }),
      frames: s.int({ min: 0 }),
      last_frame_at: s.nullable(s.time()),
    }),
    capabilities: s.object({ formats: pixelFormats, resolutions: s.array(s.string()) }),
    identity: s.object({
      vendor_id: s.optional(s.string()),
      product_id: s.optional(s.string()),
      serial: s.optional(s.string()),
      bus: s.optional(s.string()),
      matched_by: s.oneOf('assignment', 'serial', 'port', 'model', 'new', 'ambiguous'),
      why: s.string(),
    }),
  }),
  errors: ['CAMERA_NOT_FOUND'],
  timeoutMs: 1_000,
  audited: false,
  uses: ['cameras', 'media', 'recordings', 'streams'],
  handler: async ({ device }, call, { cameras, media, recordings, streams }) => {
    const camera = theCamera(device, cameras, call.principal);
    const { capture, readers, outboundBytes, startedAt } = streams.view(device);
    const { hints } = camera.source;
    return {
      ...describeCamera(camera, {
        urls: urlsFor(device, media, call.peer),
        recording: recordings.of(device),
      }),
      metrics: {
        bytes_sent: outboundBytes,
        readers,
        uptime: startedAt === undefined ? 0 : Math.max(0, (call.now() - startedAt) / 1_000),
        frames: capture?.publishedFrames ?? 0,
        last_frame_at: capture && capture.lastFrameAt > 0 ? isoTime(capture.lastFrameAt) : null,
      },
      capabilities: {
        formats: formatsOf(camera.capabilities),
        resolutions: resolutionsOf(camera.capabilities),
      },
      identity: {
        ...(hints.vendorId === undefined ? {} : { vendor_id: hints.vendorId }),
        ...(hints.productId === undefined ? {} : { product_id: hints.productId }),
        ...(hints.serial === undefined ? {} : { serial: hints.serial }),
        ...(hints.portPath === undefined ? {} : { bus: hints.portPath }),
        matched_by: camera.identity.matchedBy,
        why: camera.identity.why,
      },
    };
  },
});
