import { clockContract, type ClockWorld } from '../clock.contract.js';
import { brokenClocks } from './clock.broken.js';
import { expectCaught } from './expect-caught.js';

describe('the contract of Clock', () => {
  for (const broken of brokenClocks)
    it(`catches an adapter that breaks [${broken.rule}]`, () =>
      expectCaught<ClockWorld>((world) => clockContract('broken', world), broken));
});
