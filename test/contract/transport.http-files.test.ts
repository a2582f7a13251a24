import { filesSetting, memoryFilesSetting } from '../worlds/transport-worlds.js';
import { transportContract } from './transport.contract.js';

const supports = { calls: false, events: false, files: true, health: false, jsonRpc: false, batches: false };

transportContract('http-files', { create: filesSetting, supports, withinMs: 2000 });
transportContract('http-files on the memory listener', {
  create: memoryFilesSetting,
  supports,
  withinMs: 2000,
});
