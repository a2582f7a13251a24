import { expect } from 'chai';
import { createManualClock } from '../../../adapters/clock/manual/manual-clock.js';
import { Deadlines } from '../../../core/rpc/deadlines.js';

describe('deadlines', () => {
  const START = 1_000;

  it('come in their order, whatever order they were set in, and only once', async () => {
    const clock = createManualClock(START);
    const deadlines = new Deadlines(clock);
    const late: string[] = [];
    deadlines.watch(300, () => late.push('slow'));
    deadlines.watch(100, () => late.push('fast'));
    await clock.advance(99);
    expect(late).to.deep.equal([]);
    await clock.advance(1);
    expect(late).to.deep.equal(['fast']);
    await clock.advance(1_000);
    expect(late).to.deep.equal(['fast', 'slow']);
    expect(clock.pending).to.equal(0);
  });

  it('are taken back, and share one timer', async () => {
    const clock = createManualClock(START);
    const deadlines = new Deadlines(clock);
    const cancels = Array.from({ length: 1_000 }, () =>
      deadlines.watch(100, () => expect.fail('was taken back')),
    );
    expect(clock.pending).to.equal(1);
    for (const cancel of cancels) cancel();
    await clock.advance(100);
    expect(clock.pending).to.equal(0);
  });

  it('leave nothing when they are closed', () => {
    const clock = createManualClock(START);
    const deadlines = new Deadlines(clock);
    deadlines.watch(100, () => expect.fail('was closed'));
    deadlines.close();
    expect(clock.pending).to.equal(0);
  });
});
