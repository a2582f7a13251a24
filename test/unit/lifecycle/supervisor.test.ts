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

  it('tells a slow component that its time is up, and gives up one that hangs', async () => {
    let told = 0;
    const hangs = part('b', {
      stop: (signal) => {
        signal.addEventListener('abort', () => (told = clock.monotonicMs()));
        return new Promise(() => undefined);
      },
    });
    await supervisor.start([part('a'), hangs], never);
    const stopping = supervisor.stop();
    await clock.advance(1_499);
    expect(told).to.equal(1_000);
    expect(story).to.not.include('stop a');
    await clock.advance(1);
    await stopping;
    expect(story.at(-1)).to.equal('stop a');
    expect(errors()).to.deep.equal(['component did not stop in time: b']);
    expect(clock.pending).to.equal(0);
  });
});
