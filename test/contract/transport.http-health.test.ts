import { healthSetting } from '../worlds/transport-worlds.js';
import { transportContract } from './transport.contract.js';

const supports = { calls: false, events: false, files: false, health: true, jsonRpc: false, batches: false };

transportContract('http-health', { create: healthSetting, supports, withinMs: 2000 });
