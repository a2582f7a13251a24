import { memoryCaptureWorld } from '../worlds/memory-capture-worlds.js';
import { captureContract } from './capture.contract.js';

captureContract('memory', memoryCaptureWorld());
