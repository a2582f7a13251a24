import { captureContract } from '../capture.contract.js';
import { expectCaught } from './expect-caught.js';
import { brokenCaptures } from './capture.broken.js';

describe('the capture contract', () => {
  brokenCaptures.forEach((broken, index) => {
    it(`catches what breaks [${broken.rule}] (${index + 1})`, async function () {
      this.timeout(20_000);
      await expectCaught((world) => captureContract('broken', world), broken);
    });
  });
});
