import { frameGrabberContract } from '../frame-grabber.contract.js';
import { expectCaught } from './expect-caught.js';
import { brokenGrabbers } from './frame-grabber.broken.js';

describe('the frame-grabber contract', () => {
  brokenGrabbers.forEach((broken, index) => {
    it(`catches what breaks [${broken.rule}] (${index + 1})`, async function () {
      this.timeout(20_000);
      await expectCaught((world) => frameGrabberContract('broken', world), broken);
    });
  });
});
