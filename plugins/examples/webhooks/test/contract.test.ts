import { transportContract } from 'mediamtx-camera-service/contract/transport';
import { testParts } from 'mediamtx-camera-service/testing';
import { createTransport } from '../src/transport.js';
import { SECRET } from './receiver.js';

const nobody = (): Promise<never> => Promise.reject(new Error('nobody connects to webhooks'));

transportContract('webhooks', {
  supports: { calls: false, events: false, files: false, health: false, jsonRpc: false, batches: false },
  create: () => {
    const parts = testParts();
    const endpoint = { name: 'main', url: 'http://127.0.0.1:1/', secret: SECRET, topics: ['*'], devices: [] };
    const times = { timeout_ms: 1000, first_retry_ms: 100, max_retry_ms: 1000 };
    const config = { api_key: 'key', endpoints: [endpoint], ...times, max_attempts: 5, queue_limit: 10 };
    return Promise.resolve({
      transport: createTransport(config, parts),
      connect: nobody,
      request: nobody,
      dispose: async () => parts.remove(),
    });
  },
  withinMs: 5000,
});
