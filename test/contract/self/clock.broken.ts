import { createManualClock, type ManualClock } from '../../../adapters/clock/manual/manual-clock.js';
import type { Clock } from '../../../ports/clock.js';
import type { ClockWorld } from '../clock.contract.js';
import type { Broken } from './expect-caught.js';

export const brokenClocks: readonly Broken<ClockWorld>[] = [
  broken('wall-time', (clock) => ({ now: () => clock.now() / 1000 })),
  broken('monotonic', (clock) => ({ monotonicMs: () => -clock.monotonicMs() })),
  broken('sleep-waits', () => ({ sleep: () => Promise.resolve() })),
  broken('sleep-zero', (clock) => ({ sleep: (ms, signal) => clock.sleep(ms === 0 ? 1e9 : ms, signal) })),
  broken('sleep-aborts', (clock) => ({ sleep: (ms) => clock.sleep(ms) })),
  broken('sleep-aborted-before', () => ({ sleep: () => Promise.reject(new Error('aborted')) })),
  broken('after-once', (clock) => ({
    after: (ms, callback) => clock.after(ms, () => (callback(), clock.after(1, callback))),
  })),
  broken('after-order', (clock) => ({ after: (ms, callback) => clock.after(50 - ms, callback) })),
  broken('duration', (clock) => ({ after: (ms, callback) => clock.after(Math.abs(ms) || 1, callback) })),
  broken('after-cancels', (clock) => ({
    after: (ms, callback) => (clock.after(ms, callback), () => undefined),
  })),
];

function broken(rule: string, spoil: (clock: ManualClock) => Partial<Clock>): Broken<ClockWorld> {
  const originals = new WeakMap<Clock, ManualClock>();
  const create = (): Clock => {
    const clock = createManualClock();
    const spoiled: Clock = {
      now: clock.now,
      monotonicMs: clock.monotonicMs,
      sleep: clock.sleep,
      after: clock.after,
      ...spoil(clock),
    };
    originals.set(spoiled, clock);
    return spoiled;
  };
  return { rule, world: { create, pass: async (clock, ms) => originals.get(clock)?.advance(ms) } };
}
