import { expect } from 'chai';
import { createManualClock } from '../../../adapters/clock/manual/manual-clock.js';
import { createMemoryLogger } from '../../../adapters/logger/memory/memory-logger.js';
import type { Job, JobTools } from '../../../core/jobs/job.js';
import { JobBoard } from '../../../core/jobs/job-board.js';
import { PortError, type Principal } from '../../../ports/index.js';

const operator: Principal = { id: 'o', role: 'operator', provider: 'memory' };
const elsewhere: Principal = { ...operator, cameras: ['camera9'] };

describe('JobBoard', () => {
  const clock = createManualClock();
  let board: JobBoard;
  let told: Job[];
  let ids = 0;

  beforeEach(async () => {
    const newId = (): string => `job-${String((ids += 1))}`;
    board = new JobBoard({ concurrent: 1 }, { clock, log: createMemoryLogger(), newId });
    await board.start();
    told = [];
    board.changes.add((job) => told.push(job));
  });

  const begin = (work: (tools: JobTools) => Promise<string>, filename = 'a.mp4') =>
    board.begin({ kind: 'remux', camera: 'camera0', filename, totalSeconds: 10 }, work);
  /** Work that ends when it is told to, or with its signal. */
  const held = () => {
    let finish = (): void => undefined;
    const work = ({ signal }: JobTools): Promise<string> =>
      new Promise((resolve, reject) => {
        finish = () => resolve('made.mkv');
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      });
    return { work, finish: () => finish() };
  };
  const states = (): string[] => told.map(({ filename, state }) => `${filename} ${state}`);

  it('runs one job after the other, in the order in which they were begun', async () => {
    const first = held();
    const one = begin(first.work);
    const two = begin(() => Promise.resolve('made.avi'), 'b.mp4');
    expect(board.all().map(({ state }) => state)).to.deep.equal(['RUNNING', 'QUEUED']);
    first.finish();
    expect(await one.ended).to.include({ state: 'DONE', filename: 'made.mkv', secondsDone: 10 });
    expect(await two.ended).to.include({ state: 'DONE', filename: 'made.avi' });
    expect(states()).to.deep.equal([
      ...['a.mp4 QUEUED', 'a.mp4 RUNNING', 'b.mp4 QUEUED'],
      ...['made.mkv DONE', 'b.mp4 RUNNING', 'made.avi DONE'],
    ]);
    expect(board.all()).to.deep.equal([]);
  });

  it('tells progress now and then, never less than before and never more than all', async () => {
    const job = begin(async ({ progress }) => {
      for (const seconds of [1, 2, 1, 50]) {
        progress(seconds);
        await clock.advance(300);
      }
      return 'made.mkv';
    });
    await job.ended;
    const running = told.filter(({ state }) => state === 'RUNNING').map(({ secondsDone }) => secondsDone);
    expect(running).to.deep.equal([0, 1, 2]);
  });

  it('says why a job has failed, and goes on with the next one', async () => {
    const full = begin(() => Promise.reject(new PortError('STORAGE_FULL')));
    const odd = begin(() => Promise.reject(new TypeError('odd')));
    expect((await full.ended).error?.code).to.equal('STORAGE_FULL');
    expect((await odd.ended).error?.code).to.equal('DEPENDENCY_FAILED');
  });

  it('cancels a job that runs, and one that waits', async () => {
    const one = begin(held().work);
    const two = begin(() => Promise.reject(new Error('must not run')), 'b.mp4');
    expect(board.cancel(two.jobId, operator)).to.include({ filename: 'b.mp4', state: 'CANCELLED' });
    board.cancel(one.jobId, operator);
    expect((await two.ended).state).to.equal('CANCELLED');
    expect((await one.ended).state).to.equal('CANCELLED');
    expect((await begin(() => Promise.resolve('made.mkv')).ended).state).to.equal('DONE');
  });

  it('knows nothing of the jobs of other cameras, nor of those that are over', async () => {
    const job = begin(held().work);
    for (const [id, who] of [
      [job.jobId, elsewhere],
      ['nothing', operator],
    ] as const)
      expect(() => board.cancel(id, who))
        .to.throw()
        .with.property('code', 'INVALID_STATE');
    job.cancel();
    await job.ended;
    expect(() => board.cancel(job.jobId, operator))
      .to.throw()
      .with.property('code', 'INVALID_STATE');
  });

  it('interrupts all jobs when it stops, and runs none afterwards', async () => {
    const jobs = [begin(held().work), begin(held().work)];
    await board.stop();
    jobs.push(begin(() => Promise.reject(new Error('must not run'))));
    for (const { ended } of jobs) expect((await ended).state).to.equal('INTERRUPTED');
  });

  it('has no total where none is known, and ends once however often it is ended', async () => {
    const waiting = held();
    const job = board.begin({ kind: 'export', camera: 'camera0', filename: 'c.mp4' }, waiting.work);
    expect(board.all()[0]).not.to.have.property('totalSeconds');
    job.cancel();
    job.cancel();
    expect((await job.ended).state).to.equal('CANCELLED');
    const made = board.begin({ kind: 'export', camera: 'camera0', filename: 'd.mp4' }, async (tools) => {
      tools.progress(7);
      return 'd.mp4';
    });
    expect(await made.ended).to.include({ state: 'DONE', secondsDone: 7 });
    expect(states().filter((each) => each.endsWith('CANCELLED'))).to.deep.equal(['c.mp4 CANCELLED']);
  });

  it('leaves a running job its place until it has ended, also when it does not heed its signal', async () => {
    let finish = (): void => undefined;
    const one = begin(() => new Promise((resolve) => (finish = () => resolve('late.mkv'))));
    one.cancel();
    const two = begin(() => Promise.resolve('made.mkv'), 'b.mp4');
    expect(board.all().map(({ state }) => state)).to.deep.equal(['RUNNING', 'QUEUED']);
    finish();
    expect((await one.ended).filename).to.equal('late.mkv');
    expect((await two.ended).state).to.equal('DONE');
  });
});
