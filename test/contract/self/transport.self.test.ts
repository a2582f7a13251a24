import { transportContract } from '../transport.contract.js';
import type { TransportWorld } from '../transport.world.js';
import { expectCaught } from './expect-caught.js';
import { brokenTransports } from './transport.broken.js';
import { brokenWires } from './transport.wire.broken.js';

const suite = (world: TransportWorld): void => transportContract('broken', world);

describe('Transport contract catches', () => {
  for (const broken of [...brokenTransports, ...brokenWires]) {
    it(`[${broken.rule}] broken`, () => expectCaught(suite, broken));
  }
});
