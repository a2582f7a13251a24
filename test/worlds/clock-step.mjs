// Loaded into the service before everything else: its wall clock is off by the milliseconds in the file $CLOCK_OFFSET_FILE.
import { readFileSync } from 'node:fs';

const real = Date.now;
let offset = 0;
let readAt = -Infinity;

Date.now = () => {
  if (performance.now() - readAt > 50) {
    readAt = performance.now();
    offset = Number(readFileSync(process.env.CLOCK_OFFSET_FILE ?? '', 'utf8')) || 0;
  }
  return real() + offset;
};
