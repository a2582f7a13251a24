import { maySee } from '../../auth/roles.js';
import { defineMethod } from '../define-method.js';
import { s } from '../../validation/schema.js';

export const getStreams = defineMethod({
  name: 'get_streams',
  summary: 'Lists the streams of all cameras.',
  role: 'viewer',
  params: s.object({}),
  result: s.array(
    s.object({
      name: s.string(),
      device: s.cameraId(),
      ready: s.bool(),
      readers: s.int({ min: 0 }),
      bytes_sent: s.int({ min: 0 }),
      source: s.string({ doc: 'Kind of the device source, such as v4l2.' }),
    }),
  ),
  errors: [],
  timeoutMs: 1_000,
  audited: false,
  uses: ['cameras', 'streams'],
  handler: async (_params, { principal }, { cameras, streams }) =>
    cameras
      .list()
      .filter((camera) => maySee(principal, camera.id))
      .map((camera) => {
        const { isReady, readers, outboundBytes } = streams.view(camera.id);
        return {
          name: camera.id,
          device: camera.id,
          ready: isReady,
          readers,
          bytes_sent: outboundBytes,
          source: camera.source.kind,
        };
      }),
});
