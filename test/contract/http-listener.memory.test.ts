import { memoryListenerWorld } from '../worlds/http-listener-worlds.js';
import { httpListenerContract } from './http-listener.contract.js';

httpListenerContract('memory', memoryListenerWorld());
