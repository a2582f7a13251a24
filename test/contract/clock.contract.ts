import { expect } from 'chai';

import type { Clock } from '../../ports/clock.js';
import { failure } from './outcome.js';
import { contractSuite, describe, it } from './runner.contract.js';

export interface ClockWorld {
  create(): Clock;
  /** Lets `durationMs` pass: moves a manual clock, waits on a real one. */
  pass(clock: Clock, durationMs: number): Promise<void>;
}

export const clockContract = contractSuite((name, world: ClockWorld) => {
  describe(`${name} as a Clock`, () => {
    it('[wall-time] returns milliseconds since 1970', async () => {
      const clock = world.create();
      const before = clock.now();
      expect(before)
        .to.be.greaterThan(Date.UTC(2020, 0, 1))
        .and.lessThan(Date.UTC(2100, 0, 1));
      await world.pass(clock, 20);
      expect(clock.now() - before).to.be.within(15, 1500);
    });

    it('[monotonic] counts milliseconds and never goes back', async () => {
      const clock = world.create();
      const before = clock.monotonicMs();
      await world.pass(clock, 20);
      expect(clock.monotonicMs() - before).to.be.within(15, 1500);
    });

    it('[sleep-waits] sleeps for at least the requested time', async () => {
      const clock = world.create();
      const before = clock.monotonicMs();
      const slept = clock.sleep(20).then(() => clock.monotonicMs());
      await world.pass(clock, 40);
      expect((await slept) - before).to.be.at.least(20);
    });

    it('[sleep-zero] ends a sleep of zero milliseconds', async () => {
      const clock = world.create();
      const slept = clock.sleep(0);
      await world.pass(clock, 5);
      await slept;
    });

    it('[sleep-aborts] rejects a sleep with the reason of its signal', async () => {
      const clock = world.create();
      const stop = new AbortController();
      const outcome = clock.sleep(60_000, stop.signal).catch((error: unknown) => error);
      const reason = new Error('no longer wanted');
      stop.abort(reason);
      expect(await outcome).to.equal(reason);
    });

    it('[sleep-aborted-before] rejects immediately if the signal is already aborted', async () => {
      const reason = new Error('over');
      const outcome = await world
        .create()
        .sleep(60_000, AbortSignal.abort(reason))
        .catch((error: unknown) => error);
      expect(outcome).to.equal(reason);
    });

    it('[after-once] calls back once, at the right time', async () => {
      const clock = world.create();
      let calls = 0;
      clock.after(10, () => calls++);
      expect(calls).to.equal(0);
      await world.pass(clock, 50);
      expect(calls).to.equal(1);
    });

    it('[after-order] calls back in the order of the due times', async () => {
      const clock = world.create();
      const order: string[] = [];
      clock.after(40, () => order.push('late'));
      clock.after(10, () => order.push('early'));
      await world.pass(clock, 80);
      expect(order).to.deep.equal(['early', 'late']);
    });

    it('[duration] refuses a duration that is no number, negative or without end', async () => {
      const clock = world.create();
      for (const durationMs of [-1, Number.NaN, Infinity]) {
        expect(() => clock.after(durationMs, () => undefined), String(durationMs)).to.throw(TypeError);
        expect(await failure(clock.sleep(durationMs)), String(durationMs)).to.be.instanceOf(TypeError);
      }
    });

    it('[after-cancels] never fires a cancelled timer, and ignores late or repeated cancellation', async () => {
      const clock = world.create();
      let calls = 0;
      const cancel = clock.after(10, () => calls++);
      cancel();
      cancel();
      const cancelLate = clock.after(1, () => calls++);
      await world.pass(clock, 40);
      cancelLate();
      expect(calls).to.equal(1);
    });
  });
});
