import {
  createMemorySegmentLog,
  type MemorySegmentLog,
} from '../../adapters/segment-log/memory/memory-segment-log.js';
import { segmentLogContract } from './segment-log.contract.js';

segmentLogContract('segment-log/memory', {
  create: async () => createMemorySegmentLog(),
  reopen: async () => createMemorySegmentLog(),
  fill: async (log, isFull) => (log as MemorySegmentLog).fail(isFull),
});
