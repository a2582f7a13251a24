import { mediaServerContract } from '../media-server.contract.js';
import { expectCaught } from './expect-caught.js';
import { brokenMediaServers } from './media-server.broken.js';

describe('the MediaServer contract', () => {
  for (const broken of brokenMediaServers) {
    it(`catches an adapter that breaks [${broken.rule}]`, () =>
      expectCaught((world) => mediaServerContract('broken', world), broken));
  }
});
