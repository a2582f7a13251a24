import { memoryMediaServerWorld } from '../worlds/memory-media-server-world.js';
import { mediaServerContract } from './media-server.contract.js';

mediaServerContract('memory', memoryMediaServerWorld());
