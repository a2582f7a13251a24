import { memoryMediaServerWorld } from '../worlds/media-server-worlds.js';
import { mediaServerContract } from './media-server.contract.js';

mediaServerContract('memory', memoryMediaServerWorld());
