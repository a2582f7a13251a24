import { theCamera } from '../scope.js';
import { defineMethod } from '../define-method.js';
import { s } from '../../validation/schema.js';

const HOLDERS = {
  recording: 'a recording',
  viewers: 'viewers',
  snapshot: 'a recent snapshot',
  prewarm: 'the configuration (prewarm)',
  streaming: 'another call',
} as const;

export const stopStreaming = defineMethod({
  name: 'stop_streaming',
  summary: 'Reverses `start_streaming`. The stream continues as long as it is needed for other reasons.',
  role: 'operator',
  params: s.object({ device: s.cameraId() }),
  result: s.object({
    device: s.cameraId(),
    stream_name: s.string(),
    status: s.constant('STOPPED'),
    stream_continues: s.bool(),
    message: s.string(),
  }),
  errors: ['CAMERA_NOT_FOUND', 'INVALID_STATE'],
  timeoutMs: 5_000,
  audited: ['device'],
  needs: ['streams'],
  uses: ['cameras'],
  handler: async ({ device }, { principal }, { cameras, streams }) => {
    theCamera(device, cameras, principal);
    const holders = streams.letGo(device);
    const names = holders.map((holder) => HOLDERS[holder]).join(' and ');
    return {
      device,
      stream_name: device,
      status: 'STOPPED' as const,
      stream_continues: holders.length > 0,
      message:
        holders.length > 0
          ? `The stream continues because it is needed for ${names}.`
          : 'The camera is being stopped.',
    };
  },
});
