import { memoryMediaWorld } from '../worlds/memory-capture-worlds.js';
import { mediaToolContract } from './media-tool.contract.js';

mediaToolContract('memory', memoryMediaWorld());
