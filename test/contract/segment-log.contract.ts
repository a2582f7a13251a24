import { expect } from 'chai';
import type { SegmentEvent, SegmentLog } from '../../ports/segment-log.js';
import { identityTrait, isFlag } from './identity.trait.js';
import { failure } from './outcome.js';
import { afterEach, contractSuite, describe, it } from './runner.contract.js';

export interface SegmentLogWorld {
  /** A fresh and empty log, not started. */
  create(): Promise<SegmentLog>;
  /** A second log on what `log` wrote, as the next process would open it, not started. Used with `supports.persistence`. */
  reopen(log: SegmentLog): Promise<SegmentLog>;
  /** Makes every write fail as a full disk does, until it is called with false. */
  fill(log: SegmentLog, isFull: boolean): Promise<void>;
  /** Damages the last event that was written, as a crash during the write does. Absent if nothing outlives the process. */
  tear?(log: SegmentLog): Promise<void>;
}

export function segmentEvent(filename: string, more: Partial<SegmentEvent> = {}): SegmentEvent {
  return { at: 1_760_000_000_000, type: 'opened', kind: 'recordings', filename, ...more };
}

const never = new AbortController().signal;
const codeOf = async (call: Promise<unknown>): Promise<unknown> =>
  ((await failure(call)) as { code?: unknown }).code;

export async function eventsOf(log: SegmentLog): Promise<readonly SegmentEvent[]> {
  const all: SegmentEvent[] = [];
  for await (const events of log.read()) all.push(...events);
  return all;
}

const namesOf = async (log: SegmentLog): Promise<readonly string[]> =>
  (await eventsOf(log)).map(({ filename }) => filename);

export const segmentLogContract = contractSuite((name, world: SegmentLogWorld) => {
  describe(`${name} as a SegmentLog`, () => {
    identityTrait(() => world.create(), { persistence: isFlag });
    const made: SegmentLog[] = [];
    const create = async (): Promise<SegmentLog> => {
      const log = await world.create();
      made.push(log);
      return log;
    };
    const started = async (): Promise<SegmentLog> => {
      const log = await create();
      await log.start(never);
      return log;
    };
    /** As the next process finds it, or the same one where nothing outlives the process. */
    const later = async (log: SegmentLog): Promise<SegmentLog> => {
      if (!log.supports.persistence) return log;
      await log.stop(never);
      const next = await world.reopen(log);
      made.push(next);
      await next.start(never);
      return next;
    };
    afterEach(async () => {
      for (const log of made.splice(0)) await log.stop(never);
    });
    keepsEvents({ world, create, started, later });
    survives({ world, create, started, later });
  });
});

interface Makers {
  readonly world: SegmentLogWorld;
  create(): Promise<SegmentLog>;
  started(): Promise<SegmentLog>;
  later(log: SegmentLog): Promise<SegmentLog>;
}

function keepsEvents({ started, later }: Makers): void {
  it('[fresh] starts empty and is not shared', async () => {
    const [one, other] = [await started(), await started()];
    await one.append([segmentEvent('one')]);
    expect(await namesOf(other)).to.deep.equal([]);
  });

  it('[round-trip] keeps every field of an event', async () => {
    const log = await started();
    const event = segmentEvent('grüße "quoted"\nnext line \u2028', {
      type: 'closed',
      kind: 'snapshots',
      facts: { camera: 'camera0', durationSeconds: 1.25, gaps: [{ from: 1, to: 2, cause: 'source' }] },
    });
    await log.append([event]);
    expect(await eventsOf(await later(log))).to.deep.equal([event]);
  });

  it('[order] keeps the order of the calls, even if they are not awaited', async () => {
    const log = await started();
    const names = Array.from({ length: 300 }, (_, n) => `m${String(n)}`);
    const facts = { text: 'x'.repeat(3_000) };
    await Promise.all(names.map((each, n) => log.append([segmentEvent(each, n % 7 === 0 ? { facts } : {})])));
    expect(await namesOf(await later(log))).to.deep.equal(names);
  });

  it('[copies] stores events as they were when the call was made', async () => {
    const log = await started();
    const facts = { camera: 'before' };
    const writing = log.append([segmentEvent('a', { facts })]);
    facts.camera = 'after';
    await writing;
    expect((await eventsOf(await later(log)))[0]?.facts).to.deep.equal({ camera: 'before' });
  });

  it('[compact] replaces the history, and appends later events to the new one', async () => {
    const log = await started();
    await log.append([segmentEvent('old'), segmentEvent('older')]);
    const compacting = log.compact([segmentEvent('kept')]);
    const appending = log.append([segmentEvent('new')]);
    await Promise.all([compacting, appending]);
    await log.append([segmentEvent('newer')]);
    expect(await namesOf(await later(log))).to.deep.equal(['kept', 'new', 'newer']);
  });

  it('[many] keeps a long history', async () => {
    const log = await started();
    const events = Array.from({ length: 20_000 }, (_, n) => segmentEvent(`file-${String(n)}`));
    await log.append(events);
    expect(await eventsOf(await later(log))).to.deep.equal(events);
  });
}

function survives({ world, create, started, later }: Makers): void {
  it('[full] rejects with a code while there is no space, and continues when there is', async () => {
    const log = await started();
    await log.append([segmentEvent('before')]);
    await world.fill(log, true);
    for (const write of [log.append([segmentEvent('lost')]), log.compact([])])
      expect(await codeOf(write)).to.be.oneOf(['STORAGE_FULL', 'STORAGE_FAILED']);
    await world.fill(log, false);
    await log.append([segmentEvent('after')]);
    expect(await namesOf(await later(log))).to.deep.equal(['before', 'after']);
  });

  it('[torn] leaves out an event that was written in part, and no other one', async () => {
    if (!world.tear) return;
    const log = await started();
    await log.append([segmentEvent('a'), segmentEvent('b')]);
    await log.append([segmentEvent('torn')]);
    await log.stop(never);
    await world.tear(log);
    const next = await later(log);
    expect(await namesOf(next)).to.deep.equal(['a', 'b']);
    await next.append([segmentEvent('c')]);
    expect(await namesOf(await later(next))).to.deep.equal(['a', 'b', 'c']);
  });

  it('[closed] accepts nothing before start and after stop', async () => {
    const log = await create();
    const calls = (): Promise<unknown>[] => [
      codeOf(log.append([segmentEvent('a')])),
      codeOf(log.compact([])),
      codeOf(eventsOf(log)),
    ];
    expect(await Promise.all(calls())).to.deep.equal(Array(3).fill('UNSUPPORTED'));
    await log.start(never);
    await log.stop(never);
    expect(await Promise.all(calls())).to.deep.equal(Array(3).fill('UNSUPPORTED'));
  });

  it('[flushes] writes pending events before it stops', async () => {
    const log = await started();
    const writing = Array.from({ length: 50 }, (_, n) => log.append([segmentEvent(`m${String(n)}`)]));
    await log.stop(never);
    await Promise.all(writing);
    if (log.supports.persistence) expect(await namesOf(await later(log))).to.have.length(50);
  });

  it('[repeatable] can be started and stopped repeatedly, and stopped without a start', async () => {
    const log = await create();
    await log.stop(never);
    for (const each of ['a', 'b']) {
      await log.start(never);
      await log.start(never);
      await log.append([segmentEvent(each)]);
      await log.stop(never);
      await log.stop(never);
    }
    await log.start(never);
    expect(await namesOf(log)).to.deep.equal(['a', 'b']);
  });

  it('[abort] does not start with an aborted signal, and stops immediately when the time is used up', async () => {
    const log = await create();
    const late = AbortSignal.abort(new Error('too late'));
    expect(await failure(log.start(late))).to.have.property('message', 'too late');
    await log.start(never);
    await log.stop(late);
  });
}
