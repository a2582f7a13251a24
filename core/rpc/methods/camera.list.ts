import { cameraEntry, describeCamera } from '../../views/camera-view.js';
import { defineMethod } from '../define-method.js';
import { s } from '../../validation/schema.js';
import { maySee } from '../../auth/roles.js';
import { urlsFor } from '../scope.js';

export const getCameraList = defineMethod({
  name: 'get_camera_list',
  summary: 'Lists all cameras detected since the service started, with their status and stream URLs.',
  role: 'viewer',
  params: s.object({}),
  result: s.object({
    cameras: s.array(s.object(cameraEntry)),
    total: s.int({ min: 0 }),
    connected: s.int({ min: 0 }),
  }),
  errors: [],
  timeoutMs: 1_000,
  audited: false,
  uses: ['cameras', 'media', 'recordings'],
  handler: async (_params, { principal, peer }, { cameras, media, recordings }) => {
    const visible = cameras.list().filter((camera) => maySee(principal, camera.id));
    return {
      cameras: visible.map((camera) =>
        describeCamera(camera, {
          urls: urlsFor(camera.id, media, peer),
          recording: recordings.of(camera.id),
        }),
      ),
      total: visible.length,
      connected: visible.filter((camera) => camera.status === 'CONNECTED').length,
    };
  },
});
