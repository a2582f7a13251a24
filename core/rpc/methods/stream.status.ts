import { isoTime } from '../../views/camera-view.js';
import { theCamera } from '../scope.js';
import { defineMethod } from '../define-method.js';
import { statusOf } from '../../views/stream-view.js';
import { s } from '../../validation/schema.js';

export const getStreamStatus = defineMethod({
  name: 'get_stream_status',
  summary: 'Returns the state of the stream of a camera.',
  role: 'viewer',
  params: s.object({ device: s.cameraId() }),
  result: s.object({
    device: s.cameraId(),
    stream_name: s.string(),
    status: s.oneOf('ACTIVE', 'INACTIVE', 'STARTING', 'STOPPING', 'ERROR'),
    ready: s.bool('Whether the stream is delivering frames.'),
    publisher: s.object({
      running: s.bool(),
      pid: s.nullable(s.int()),
      uptime: s.number({ min: 0, doc: 'Seconds.' }),
      restarts: s.int({ min: 0, doc: 'Number since the service started.' }),
    }),
    readers: s.int({ min: 0 }),
    metrics: s.object({
      bytes_sent: s.int({ min: 0 }),
      frames_sent: s.int({ min: 0 }),
      bitrate: s.int({ min: 0, doc: 'Bit rate of the stream in bits per second.' }),
      fps: s.number({ min: 0, doc: 'Average frame rate since the stream started.' }),
    }),
    start_time: s.nullable(s.time()),
    last_error: s.optional(s.string()),
  }),
  errors: ['CAMERA_NOT_FOUND'],
  timeoutMs: 1_000,
  audited: false,
  uses: ['cameras', 'streams'],
  handler: async ({ device }, call, { cameras, streams }) => {
    theCamera(device, cameras, call.principal);
    const stream = streams.view(device);
    const { capture, startedAt, lastFailure } = stream;
    const frames = capture?.publishedFrames ?? 0;
    const uptime = capture ? Math.max(0, (call.now() - capture.startedAt) / 1_000) : 0;
    return {
      device,
      stream_name: device,
      status: statusOf(stream),
      ready: stream.isReady,
      publisher: {
        running: capture !== undefined,
        pid: capture?.pid ?? null,
        uptime,
        restarts: stream.restarts,
      },
      readers: stream.readers,
      metrics: {
        bytes_sent: stream.outboundBytes,
        frames_sent: frames,
        bitrate: stream.bitrate,
        fps: uptime > 0 ? Math.round((frames / uptime) * 10) / 10 : 0,
      },
      start_time: startedAt === undefined ? null : isoTime(startedAt),
      ...(lastFailure === undefined ? {} : { last_error: lastFailure.message }),
    };
  },
});
