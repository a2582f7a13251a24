import { dependencyFailed, invalidState } from '../../errors/service-error.js';
import { isoTime, streamUrls } from '../../views/camera-view.js';
import { theCamera, urlsFor } from '../scope.js';
import { defineMethod } from '../define-method.js';
import { statusOf } from '../../views/stream-view.js';
import { s } from '../../validation/schema.js';

export const startStreaming = defineMethod({
  name: 'start_streaming',
  summary: 'Starts the stream of a camera and keeps it running for some time, with or without viewers.',
  role: 'operator',
  params: s.object({ device: s.cameraId() }),
  result: s.object({
    device: s.cameraId(),
    stream_name: s.string(),
    stream_url: s.string({ doc: 'The RTSP URL.' }),
    urls: streamUrls,
    status: s.oneOf('ACTIVE', 'STARTING'),
    start_time: s.time(),
    auto_close_after: s.number({
      min: 0,
      doc: 'Seconds for which the stream keeps running without viewers.',
    }),
  }),
  errors: ['CAMERA_NOT_FOUND', 'DEVICE_BUSY', 'INVALID_STATE', 'DEPENDENCY_FAILED'],
  timeoutMs: 5_000,
  audited: ['device'],
  needs: ['streams'],
  uses: ['cameras', 'media'],
  handler: async ({ device }, call, { cameras, media, streams }) => {
    const camera = theCamera(device, cameras, call.principal);
    if (camera.status === 'DISCONNECTED') throw invalidState('DISCONNECTED', ['CONNECTED']);
    const server = media.state();
    if (server.status !== 'ready') {
      throw dependencyFailed('media-server', server.reason ?? 'the media server is not running', {
        retryAfterMs: 1_000,
      });
    }
    await streams.requireFree(device);
    const urls = urlsFor(device, media, call.peer);
    const { stream, autoCloseSeconds } = streams.keepOn(device);
    return {
      device,
      stream_name: device,
      stream_url: urls.rtsp,
      urls,
      status: statusOf(stream) === 'ACTIVE' ? ('ACTIVE' as const) : ('STARTING' as const),
      start_time: isoTime(stream.startedAt ?? call.now()),
      auto_close_after: autoCloseSeconds,
    };
  },
});
