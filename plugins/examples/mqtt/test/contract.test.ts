import { transportContract } from 'mediamtx-camera-service/contract/transport';
import { testParts } from 'mediamtx-camera-service/testing';
import { createTransport } from '../src/transport.js';
import { configFor } from './config.js';
import { Mosquitto } from './mosquitto.js';

const nobody = (): Promise<never> => Promise.reject(new Error('clients connect to the broker'));

let broker: Mosquitto;
before(async () => {
  broker = await Mosquitto.start();
});
after(() => broker.dispose());

transportContract('mqtt', {
  supports: { calls: false, events: false, files: false, health: false, jsonRpc: false, batches: false },
  create: () => {
    const parts = testParts();
    return Promise.resolve({
      transport: createTransport(configFor(broker), parts),
      connect: nobody,
      request: nobody,
      dispose: async () => parts.remove(),
    });
  },
  withinMs: 5000,
});
