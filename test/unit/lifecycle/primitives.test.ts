import { expect } from 'chai';
import { createManualClock } from '../../../adapters/clock/manual/manual-clock.js';
import { createMemoryLogger } from '../../../adapters/logger/memory/memory-logger.js';
import { Backoff } from '../../../core/lifecycle/backoff.js';
import { DeadlineError, withDeadline } from '../../../core/lifecycle/deadline.js';
import { follow } from '../../../core/lifecycle/follow.js';
import { Listeners } from '../../../core/lifecycle/listeners.js';
import { Mutex } from '../../../core/lifecycle/mutex.js';
import { Pulse } from '../../../core/lifecycle/pulse.js';

const never = new AbortController().signal;

/** Rejects with the signal's reason when it aborts, and does nothing else. */
function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(signal.reason as Error);
    });
  });
}

async function failure(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (cause) {
    return cause;
  }
  throw new Error('it did not fail');
}

describe('Backoff', () => {
  const options = { firstMs: 500, maxMs: 3_000, healthyAfterMs: 30_000 };

  it('doubles up to the limit', () => {
    const backoff = new Backoff(options);
    expect([1, 1, 1, 1, 1].map((ran) => backoff.next(ran))).to.deep.equal([500, 1_000, 2_000, 3_000, 3_000]);
  });

  it('forgets after a healthy run, and when it is told to', () => {
    const backoff = new Backoff(options);
    backoff.next(0);
    expect(backoff.next(30_000)).to.equal(500);
    backoff.next(0);
    backoff.reset();
    expect(backoff.next(0)).to.equal(500);
  });

  it('stays at the limit after more failures than a number can count in doublings', () => {
    const backoff = new Backoff(options);
    for (let i = 0; i < 2_000; i += 1) backoff.next(0);
    expect(backoff.next(0)).to.equal(3_000);
  });
});

describe('Pulse', () => {
  it('wakes all who wait now, and nobody who comes later', async () => {
    const pulse = new Pulse();
    const woken = Promise.all([pulse.wait(never), pulse.wait(never)]);
    pulse.fire();
    await woken;
    const gone = new AbortController();
    const late = failure(pulse.wait(gone.signal));
    gone.abort(new Error('gone'));
    expect(await late).to.have.property('message', 'gone');
  });

  it('refuses to wait with a signal that is aborted already', async () => {
    expect(await failure(new Pulse().wait(AbortSignal.abort(new Error('over'))))).to.have.property(
      'message',
      'over',
    );
  });

  it('asks the condition now and after each pulse', async () => {
    const pulse = new Pulse();
    await pulse.until(() => true, never);
    let asked = 0;
    const waiting = pulse.until(() => (asked += 1) === 3, never);
    pulse.fire();
    await Promise.resolve();
    await Promise.resolve();
    pulse.fire();
    await waiting;
    expect(asked).to.equal(3);
  });
});

describe('Mutex', () => {
  it('lets one after the other through, in order, also after a failure', async () => {
    const mutex = new Mutex();
    const seen: string[] = [];
    const task = (name: string, fails = false) =>
      mutex.run(async () => {
        seen.push(`${name} in`);
        await Promise.resolve();
        seen.push(`${name} out`);
        if (fails) throw new Error(name);
      });
    const all = Promise.allSettled([task('a', true), task('b'), task('c')]);
    expect(mutex.busy).to.equal(true);
    const outcomes = await all;
    expect(seen).to.deep.equal(['a in', 'a out', 'b in', 'b out', 'c in', 'c out']);
    expect(outcomes.map(({ status }) => status)).to.deep.equal(['rejected', 'fulfilled', 'fulfilled']);
    expect(mutex.busy).to.equal(false);
  });
});

describe('withDeadline', () => {
  it('gives what the task gives, and leaves no timer', async () => {
    const clock = createManualClock();
    expect(await withDeadline(clock, 100, () => Promise.resolve('done'))).to.equal('done');
    expect(clock.pending).to.equal(0);
  });

  it('aborts the task when time is up', async () => {
    const clock = createManualClock();
    const late = failure(withDeadline(clock, 100, untilAborted));
    await clock.advance(100);
    expect(await late)
      .to.be.instanceOf(DeadlineError)
      .and.have.property('durationMs', 100);
  });

  it('aborts the task with the signal that it was given, before or meanwhile', async () => {
    const clock = createManualClock();
    const gone = new AbortController();
    const cut = failure(withDeadline(clock, 100, untilAborted, gone.signal));
    gone.abort(new Error('client gone'));
    expect(await cut).to.have.property('message', 'client gone');
    const after = (signal: AbortSignal): Promise<void> => {
      signal.throwIfAborted();
      return Promise.resolve();
    };
    const tried = failure(withDeadline(clock, 100, async (inner) => await after(inner), gone.signal));
    expect(await tried).to.have.property('message', 'client gone');
    expect(clock.pending).to.equal(0);
  });
});

describe('follow', () => {
  it('aborts the follower with the same reason, until it is ended', () => {
    const [leader, first, second] = [new AbortController(), new AbortController(), new AbortController()];
    follow(leader.signal, first);
    follow(leader.signal, second)();
    follow(undefined, second)();
    leader.abort('reason');
    expect(first.signal.reason).to.equal('reason');
    expect(second.signal.aborted).to.equal(false);
    follow(leader.signal, second);
    expect(second.signal.aborted).to.equal(true);
  });
});

describe('Listeners', () => {
  it('calls all, also when one of them throws, until they are taken off', () => {
    const log = createMemoryLogger();
    const listeners = new Listeners<number>(log);
    const heard: number[] = [];
    listeners.add(() => {
      throw new Error('broken');
    });
    const off = listeners.add((value) => heard.push(value));
    listeners.emit(1);
    off();
    listeners.emit(2);
    expect(heard).to.deep.equal([1]);
    expect(log.lines().map(({ message }) => message)).to.deep.equal([
      'a listener failed',
      'a listener failed',
    ]);
  });
});
