import { deviceEventSourceContract } from '../device-event-source.contract.js';
import { expectCaught } from './expect-caught.js';
import { brokenDeviceEventSources } from './device-event-source.broken.js';

describe('the device-event-source contract', () => {
  brokenDeviceEventSources.forEach((broken, index) => {
    it(`catches what breaks [${broken.rule}] (${index + 1})`, async function () {
      this.timeout(20_000);
      await expectCaught((world) => deviceEventSourceContract('broken', world), broken);
    });
  });
});
