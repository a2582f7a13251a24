import { createSystemClock } from '../../adapters/clock/system/system-clock.js';
import { clockContract } from './clock.contract.js';

clockContract('clock/system', {
  create: createSystemClock,
  pass: (clock, durationMs) => clock.sleep(durationMs),
});
