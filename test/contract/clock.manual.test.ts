import { createManualClock, type ManualClock } from '../../adapters/clock/manual/manual-clock.js';
import { clockContract } from './clock.contract.js';

clockContract('clock/manual', {
  create: () => createManualClock(),
  pass: (clock, durationMs) => (clock as ManualClock).advance(durationMs),
});
