import { memoryProbeWorld } from '../worlds/memory-capture-worlds.js';
import { cameraProbeContract } from './camera-probe.contract.js';

cameraProbeContract('memory', memoryProbeWorld());
