import { segmentLogContract, type SegmentLogWorld } from '../segment-log.contract.js';
import { brokenSegmentLogs } from './segment-log.broken.js';
import { expectCaught } from './expect-caught.js';

describe('the contract of SegmentLog', () => {
  for (const broken of brokenSegmentLogs)
    it(`catches an adapter that breaks [${broken.rule}]`, () =>
      expectCaught<SegmentLogWorld>((world) => segmentLogContract('broken', world), broken));
});
