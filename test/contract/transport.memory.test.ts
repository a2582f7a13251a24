import { memorySetting } from '../worlds/transport-worlds.js';
import { transportContract } from './transport.contract.js';

const supports = { calls: true, events: true, files: false, health: false, jsonRpc: false, batches: false };

transportContract('memory', { create: memorySetting, supports, withinMs: 2000 });
