import { streamUrls } from '../../views/camera-view.js';
import { theCamera, urlsFor } from '../scope.js';
import { defineMethod } from '../define-method.js';
import { readinessOf } from '../../views/stream-view.js';
import { s } from '../../validation/schema.js';

export const getStreamUrl = defineMethod({
  name: 'get_stream_url',
  summary: 'Returns the stream URLs of a camera. Opening one of them starts an idle camera.',
  role: 'viewer',
  params: s.object({ device: s.cameraId() }),
  result: s.object({
    device: s.cameraId(),
    stream_name: s.string(),
    stream_url: s.string({ doc: 'The RTSP URL.' }),
    urls: streamUrls,
    available: s.bool(
      'Whether the camera and the media server are available, so that the URL can be opened.',
    ),
    active_consumers: s.int({ min: 0 }),
    stream_status: s.oneOf('READY', 'NOT_READY', 'ERROR'),
  }),
  errors: ['CAMERA_NOT_FOUND'],
  timeoutMs: 1_000,
  audited: false,
  uses: ['cameras', 'media', 'streams'],
  handler: async ({ device }, { principal, peer }, { cameras, media, streams }) => {
    const camera = theCamera(device, cameras, principal);
    const stream = streams.view(device);
    const urls = urlsFor(device, media, peer);
    return {
      device,
      stream_name: device,
      stream_url: urls.rtsp,
      urls,
      available: camera.status === 'CONNECTED' && media.state().status === 'ready',
      active_consumers: stream.readers,
      stream_status: readinessOf(stream),
    };
  },
});
