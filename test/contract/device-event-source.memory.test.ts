import { memoryDeviceWorld } from '../worlds/memory-capture-worlds.js';
import { deviceEventSourceContract } from './device-event-source.contract.js';

deviceEventSourceContract('memory', memoryDeviceWorld());
