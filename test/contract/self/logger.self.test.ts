import { loggerContract, type LoggerWorld } from '../logger.contract.js';
import { brokenLoggers } from './logger.broken.js';
import { expectCaught } from './expect-caught.js';

describe('the contract of Logger', () => {
  for (const broken of brokenLoggers)
    it(`catches an adapter that breaks [${broken.rule}]`, () =>
      expectCaught<LoggerWorld>((world) => loggerContract('broken', world), broken));
});
