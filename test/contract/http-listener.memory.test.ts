import { memoryListenerWorld } from '../worlds/memory-listener-world.js';
import { httpListenerContract } from './http-listener.contract.js';

httpListenerContract('memory', memoryListenerWorld());
