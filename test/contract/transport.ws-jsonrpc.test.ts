import { wsSetting } from '../worlds/transport-worlds.js';
import { transportContract } from './transport.contract.js';

const supports = { calls: true, events: true, files: false, health: false, jsonRpc: true, batches: true };

transportContract('ws-jsonrpc', { create: wsSetting, supports, withinMs: 2000 });
