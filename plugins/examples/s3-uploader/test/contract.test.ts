import { transportContract } from 'mediamtx-camera-service/contract/transport';
import { testParts } from 'mediamtx-camera-service/testing';
import { createTransport } from '../src/transport.js';
import { configFor } from './config.js';

const nobody = (): Promise<never> => Promise.reject(new Error('nobody connects to the uploader'));

transportContract('s3-uploader', {
  supports: { calls: false, events: false, files: false, health: false, jsonRpc: false, batches: false },
  create: () => {
    const parts = testParts();
    return Promise.resolve({
      transport: createTransport(configFor('http://127.0.0.1:1'), parts),
      connect: nobody,
      request: nobody,
      dispose: async () => parts.remove(),
    });
  },
  withinMs: 5000,
});
