import { memoryGrabWorld } from '../worlds/memory-capture-worlds.js';
import { frameGrabberContract } from './frame-grabber.contract.js';

frameGrabberContract('memory', memoryGrabWorld());
