import { mediaToolContract } from '../media-tool.contract.js';
import { expectCaught } from './expect-caught.js';
import { brokenMediaTools } from './media-tool.broken.js';

describe('the media-tool contract', () => {
  brokenMediaTools.forEach((broken, index) => {
    it(`catches what breaks [${broken.rule}] (${index + 1})`, async function () {
      this.timeout(20_000);
      await expectCaught((world) => mediaToolContract('broken', world), broken);
    });
  });
});
