import { transportContract } from 'mediamtx-camera-service/contract/transport';
import { testParts } from 'mediamtx-camera-service/testing';
import { createTransport, NAME } from '../src/transport.js';
import { HttpClient } from './http-client.js';
import { TestListener } from './listener.js';

transportContract(NAME, {
  supports: { calls: true, events: true, files: false, health: false, jsonRpc: true, batches: true },
  create: async () => {
    const parts = testParts();
    const listener = new TestListener();
    await listener.start();
    const url = `http://127.0.0.1:${String(listener.address().port)}`;
    const options = { path: '/rpc', heartbeat_ms: 15_000, login_timeout_ms: 60_000 };
    return {
      transport: createTransport(options, { ...parts, listener }),
      connect: (credential) =>
        HttpClient.connect(`${url}/rpc`, credential === undefined ? {} : { credential }),
      connectRaw: () => HttpClient.connect(`${url}/rpc`),
      request: () => Promise.reject(new Error('there are no files')),
      dispose: async () => {
        await listener.stop();
        parts.remove();
      },
    };
  },
  withinMs: 5_000,
});
