import { cameraProbeContract } from '../camera-probe.contract.js';
import { expectCaught } from './expect-caught.js';
import { brokenProbes } from './camera-probe.broken.js';

describe('the camera-probe contract', () => {
  brokenProbes.forEach((broken, index) => {
    it(`catches what breaks [${broken.rule}] (${index + 1})`, async function () {
      this.timeout(20_000);
      await expectCaught((world) => cameraProbeContract('broken', world), broken);
    });
  });
});
