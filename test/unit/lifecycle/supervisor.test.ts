import { expect } from 'chai';
import { createManualClock, type ManualClock } from '../../../adapters/clock/manual/manual-clock.js';
import { createMemoryLogger, type MemoryLogger } from '../../../adapters/logger/memory/memory-logger.js';
import { Supervisor } from '../../../core/lifecycle/supervisor.js';
import type { Component } from '../../../ports/index.js';

const never = new AbortController().signal;

describe('Supervisor', () => {
  let clock: ManualClock;
  let log: MemoryLogger;
  let supervisor: Supervisor;
  let story: string[];

  beforeEach(() => {
    clock = createManualClock();
    log = createMemoryLogger();
    supervisor = new Supervisor({ stopBudgetMs: 1_000 }, { clock, log });
    story = [];
  });

  const part = (name: string, changes: Partial<Component> = {}): Component => ({
    name,
    start: () => {
      story.push(`start ${name}`);
      return Promise.resolve();
    },
    stop: () => {
      story.push(`stop ${name}`);
      return Promise.resolve();
    },
    ...changes,
  });

  const errors = (): string[] =>
    log
      .lines()
      .filter(({ level }) => level === 'error')
      .map(({ message, fields }) => `${message}: ${String(fields['component'])}`);

  it('starts in order and stops in reverse, once', async () => {
    await supervisor.start([part('a'), part('b'), part('c')], never);
    await supervisor.stop();
    await supervisor.stop();
    expect(story).to.deep.equal(['start a', 'start b', 'start c', 'stop c', 'stop b', 'stop a']);
    expect(clock.pending).to.equal(0);
  });

  it('takes in one more at its place in the order, and lets one go', async () => {
    const [a, b, late] = [part('a'), part('b'), part('late')];
    await supervisor.start([a, b], never);
    await supervisor.join(late, b, never);
    await supervisor.leave(a);
    await supervisor.leave(a);
    await supervisor.stop();
    expect(story).to.deep.equal(['start a', 'start b', 'start late', 'stop a', 'stop b', 'stop late']);
  });

  it('keeps nothing of one that does not start when it joins', async () => {
    await supervisor.start([part('a')], never);
    const bad = part('b', { start: () => Promise.reject(new Error('no room')) });
    const failure = await supervisor.join(bad, undefined, never).catch((cause: Error) => cause);
    expect(failure).to.have.property('message', 'no room');
    await supervisor.stop();
    expect(story).to.deep.equal(['start a', 'stop b', 'stop a']);
  });

  it('stops what was started, the half-started one included, and says what failed', async () => {
    const bad = part('b', { start: () => Promise.reject(new Error('no room')) });
    const failure = await supervisor.start([part('a'), bad, part('c')], never).catch((cause: Error) => cause);
    expect(failure).to.have.property('message', 'no room');
    expect(story).to.deep.equal(['start a', 'stop b', 'stop a']);
  });

  it('starts nothing more once it is asked to stop', async () => {
    const gone = new AbortController();
    const last = part('a', {
      start: () => {
        gone.abort(new Error('SIGTERM'));
        return Promise.resolve();
      },
    });
    const failure = await supervisor.start([last, part('b')], gone.signal).catch((cause: Error) => cause);
    expect(failure).to.have.property('message', 'SIGTERM');
    expect(story).to.deep.equal(['stop a']);
  });

  it('goes on when a component fails to stop', async () => {
    await supervisor.start([part('a'), part('b', { stop: () => Promise.reject(new Error('stuck')) })], never);
    await supervisor.stop();
    expect(story.at(-1)).to.equal('stop a');
    expect(errors()).to.deep.equal(['component failed to stop: b']);
  });

  /** A component that says when its time was up, and then hangs. */
  const hanging = (name: string, told: Map<string, number>, changes: Partial<Component> = {}): Component =>
    part(name, {
      stop: (signal) => {
        signal.addEventListener('abort', () => told.set(name, clock.monotonicMs()));
        return new Promise(() => undefined);
      },
      ...changes,
    });

  it('tells a slow component that its time is up, and gives up one that hangs', async () => {
    const told = new Map<string, number>();
    await supervisor.start([part('a'), hanging('b', told)], never);
    const stopping = supervisor.stop();
    await clock.advance(499);
    expect(Object.fromEntries(told)).to.deep.equal({ b: 400 });
    expect(story).to.not.include('stop a');
    await clock.advance(1);
    await stopping;
    expect(story.at(-1)).to.equal('stop a');
    expect(errors()).to.deep.equal(['component did not stop in time: b']);
    expect(clock.pending).to.equal(0);
  });

  it('ends within its budget, however many components hang', async () => {
    const told = new Map<string, number>();
    await supervisor.start(
      ['a', 'b', 'c', 'd', 'e'].map((name) => hanging(name, told)),
      never,
    );
    const stopping = supervisor.stop();
    await clock.advance(1_000);
    await stopping;
    expect(told.size).to.equal(5);
    expect(errors()).to.have.length(5);
  });

  it('hands the budget out by what components need, and what one leaves goes to those after it', async () => {
    const told = new Map<string, number>();
    supervisor = new Supervisor({ stopBudgetMs: 30_000 }, { clock, log });
    const media = hanging('media', told, { stopMs: 10_000 });
    await supervisor.start([part('a'), part('b'), media, part('c', { stopMs: 20_000 })], never);
    const stopping = supervisor.stop();
    await clock.advance(30_000);
    await stopping;
    // 30 s for needs of 10 + 0.5 + 0.5 s, of which four fifths are for an orderly end.
    expect(Math.round(told.get('media') ?? 0)).to.equal(Math.round((30_000 * 10 * 0.8) / 11));
    expect(story.slice(-2)).to.deep.equal(['stop b', 'stop a']);
  });

  it('leaves time for the media server when everything before it hangs', async () => {
    const told = new Map<string, number>();
    supervisor = new Supervisor({ stopBudgetMs: 30_000 }, { clock, log });
    const others = ['c', 'd', 'e'].map((name) => hanging(name, told, { stopMs: 5_000 }));
    await supervisor.start([part('a'), hanging('media', told, { stopMs: 10_000 }), ...others], never);
    const stopping = supervisor.stop();
    await clock.advance(30_000);
    await stopping;
    expect((told.get('media') ?? 0) - (told.get('c') ?? 0)).to.be.greaterThan(8_000);
  });

  it('does not wait for a component whose start ignores that the service is asked to stop', async () => {
    const gone = new AbortController();
    const stuck = part('b', { start: () => new Promise(() => undefined) });
    const starting = supervisor.start([part('a'), stuck], gone.signal).catch((cause: Error) => cause);
    await clock.advance(0);
    gone.abort(new Error('SIGTERM'));
    await clock.advance(2_000);
    expect(await starting).to.have.property('message', 'SIGTERM');
    expect(story).to.deep.equal(['start a', 'stop b', 'stop a']);
    expect(clock.pending).to.equal(0);
  });
});
