/** One guest for the whole run: booted before the first case, emptied between cases. */
import type { Context } from 'mocha';
import { bootGuest } from './host/guest.js';
import type { Guest } from './host/guest.js';
import { prepareService } from './host/lab-service.js';
import { prepareLab } from './host/prepare.js';

let booted: Guest | undefined;

/** The guest of this run. */
export function guest(): Guest {
  if (booted === undefined) throw new Error('no guest: run these cases with npm run test:lab');
  return booted;
}

const LAST_LINES = 20;

export const mochaHooks = {
  async beforeAll(this: Context): Promise<void> {
    this.timeout(900_000);
    const started = performance.now();
    await prepareLab();
    await prepareService();
    booted = await bootGuest();
    console.log(`  the guest is up after ${(performance.now() - started).toFixed(0)} ms\n`);
  },
  async afterEach(this: Context): Promise<void> {
    this.timeout(60_000);
    if (this.currentTest?.state === 'failed') {
      console.log(guest().console().split('\n').slice(-LAST_LINES).join('\n'));
    }
    await guest().reset();
  },
  async afterAll(): Promise<void> {
    await booted?.stop();
  },
};
