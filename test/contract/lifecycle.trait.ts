/** What everything with a beginning and an end promises (`ports/lifecycle.ts`); part of the suite of each port that has one. */
import { expect } from 'chai';
import { before, failure } from './outcome.js';
import { leavesNothing } from './left-open.js';
import { afterEach, describe, it, timeout } from './runner.contract.js';

/** A fresh one, not started, with what its start needs besides the signal given already. */
export interface LifecycleSubject {
  start(signal: AbortSignal): Promise<void>;
  stop(signal: AbortSignal): Promise<void>;
  /** Whether it does its work now; absent where that cannot be told. */
  isUp?(): boolean | Promise<boolean>;
  /** Makes the next start fail, where the world can do that. @returns a function that mends it. */
  spoil?(): Promise<() => Promise<void>>;
}

const never = (): AbortSignal => new AbortController().signal;

/** @param withinMs bound of one start or stop. */
export function lifecycleTrait(create: () => Promise<LifecycleSubject>, withinMs: number): void {
  describe('lifecycle', () => {
    timeout(Math.max(5_000, withinMs * 4));
    const made: LifecycleSubject[] = [];
    const fresh = async (): Promise<LifecycleSubject> => {
      const subject = await create();
      made.push(subject);
      return subject;
    };
    const expectUp = async (subject: LifecycleSubject, wanted: boolean): Promise<void> => {
      if (subject.isUp) expect(await subject.isUp(), 'it is up').to.equal(wanted);
    };
    const soon = <T>(promise: Promise<T>): Promise<T> => before(promise, withinMs);
    afterEach(async () => {
      for (const subject of made.splice(0)) await soon(subject.stop(AbortSignal.timeout(withinMs)));
    });

    it('[life-unstarted] does nothing before it is started', async () => {
      await expectUp(await fresh(), false);
    });

    it('[life-start] is running after its start and not running after its stop', async () => {
      const subject = await fresh();
      await soon(subject.start(never()));
      await expectUp(subject, true);
      await soon(subject.stop(never()));
      await expectUp(subject, false);
    });

    it('[life-left-open] leaves no server, socket, timer, process, thread or file open after its stop', async () => {
      const subject = await fresh();
      await leavesNothing(async () => {
        await subject.start(never());
        await subject.stop(never());
      }, withinMs);
    });

    it('[life-start-twice] ignores a second start, and one stop is enough', async () => {
      const subject = await fresh();
      await soon(subject.start(never()));
      await soon(subject.start(never()));
      await expectUp(subject, true);
      await soon(subject.stop(never()));
      await expectUp(subject, false);
    });

    it('[life-stop-twice] can be stopped repeatedly, also concurrently', async () => {
      const subject = await fresh();
      await soon(subject.start(never()));
      await soon(Promise.all([subject.stop(never()), subject.stop(never())]));
      await soon(subject.stop(never()));
      await expectUp(subject, false);
    });

    it('[life-stop-first] can be stopped without a start, and started afterwards', async () => {
      const subject = await fresh();
      await soon(subject.stop(never()));
      await soon(subject.stop(AbortSignal.abort()));
      await soon(subject.start(never()));
      await expectUp(subject, true);
    });

    it('[life-again] can be started again after a stop', async () => {
      const subject = await fresh();
      for (let round = 0; round < 2; round++) {
        await soon(subject.start(never()));
        await expectUp(subject, true);
        await soon(subject.stop(never()));
      }
      await expectUp(subject, false);
    });

    it('[life-aborted] rejects an aborted start with its reason and leaves nothing behind', async () => {
      const subject = await fresh();
      const reason = new Error('not wanted any more');
      expect(await soon(failure(subject.start(AbortSignal.abort(reason))))).to.equal(reason);
      await expectUp(subject, false);
      await soon(subject.stop(never()));
      await soon(subject.start(never()));
      await expectUp(subject, true);
    });

    it('[life-abort-starting] ends a start promptly when it is aborted midway, and leaves nothing behind after a stop', async () => {
      const subject = await fresh();
      const abort = new AbortController();
      const reason = new Error('asked to stop');
      const starting = subject.start(abort.signal).then(
        () => 'up',
        (error: unknown) => error,
      );
      abort.abort(reason);
      const outcome = await soon(starting);
      if (outcome !== 'up') expect(outcome).to.equal(reason);
      await soon(subject.stop(never()));
      await expectUp(subject, false);
    });

    it('[life-late-abort] ignores the signal of the start once it has started', async () => {
      const subject = await fresh();
      const abort = new AbortController();
      await soon(subject.start(abort.signal));
      abort.abort(new Error('too late'));
      await new Promise((resolve) => setTimeout(resolve, 10));
      await expectUp(subject, true);
    });

    it('[life-stop-hurry] releases everything even if stopped with an aborted signal', async () => {
      const subject = await fresh();
      await soon(subject.start(never()));
      await soon(subject.stop(AbortSignal.abort(new Error('no time left'))));
      await expectUp(subject, false);
    });

    it('[life-failed] can be stopped after a failed start, and a later start may succeed', async () => {
      const subject = await fresh();
      if (!subject.spoil) return;
      const mend = await subject.spoil();
      try {
        const error = await soon(failure(subject.start(never())));
        expect(error, 'a coded error').to.have.property('code');
        await expectUp(subject, false);
        await soon(subject.stop(never()));
      } finally {
        await mend();
      }
      await soon(subject.start(never()));
      await expectUp(subject, true);
    });
  });
}

/** For ports whose adapters need not hold anything: an adapter has both methods and keeps the rules, or has neither. */
export function optionalLifecycleTrait(
  create: () => Promise<Partial<Pick<LifecycleSubject, 'start' | 'stop'>>>,
  withinMs: number,
): void {
  it('[life-left-optional] leaves nothing open after its stop, if it has one', async () => {
    const subject = await create();
    await leavesNothing(async () => {
      await subject.start?.(never());
      await subject.stop?.(never());
    }, withinMs);
  });

  it('[life-optional] has both start and stop, which can be repeated and obey an aborted signal, or neither', async () => {
    const subject = await create();
    expect(typeof subject.start, 'both or neither').to.equal(typeof subject.stop);
    if (!subject.start || !subject.stop) return;
    const soon = <T>(promise: Promise<T>): Promise<T> => before(promise, withinMs);
    await soon(subject.stop(never()));
    const reason = new Error('not wanted any more');
    expect(await soon(failure(subject.start(AbortSignal.abort(reason))))).to.equal(reason);
    for (let round = 0; round < 2; round++) {
      await soon(subject.start(never()));
      await soon(subject.start(never()));
      await soon(Promise.all([subject.stop(never()), subject.stop(AbortSignal.abort())]));
    }
  });
}
