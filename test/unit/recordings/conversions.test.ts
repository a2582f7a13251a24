import { expect } from 'chai';
import { PortError, type Principal } from '../../../ports/index.js';
import { Tickets } from '../../../core/auth/tickets.js';
import { CoreWorld, type WorldOptions } from '../core-world.js';
import { libraryOf } from '../library/library-of.js';
import { callsOf } from './helpers.js';

const operator: Principal = { id: 'o', role: 'operator', provider: 'memory' };

describe('recordings in another container', () => {
  let world: CoreWorld;

  const begin = async (options: WorldOptions = {}): Promise<void> => {
    world = await new CoreWorld(options).start();
    await world.plug();
  };
  const { started, ended } = callsOf(() => world);
  /** A conversion that goes on until it is told to end. */
  const held = (): (() => void) => {
    let release = (): void => undefined;
    world.tool.remuxing = (signal) =>
      new Promise((resolve, reject) => {
        release = resolve;
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      });
    return () => release();
  };
  const lastJob = () => world.jobChanges.at(-1);

  beforeEach(() => begin());
  afterEach(async () => {
    await world.stop();
    expect(world.clock.pending, 'timers left').to.equal(0);
  });

  it('are ready when the stop answers, if that does not take long', async () => {
    await started('avi');
    const { session, conversion } = await ended();
    expect(conversion).to.include({ format: 'avi', state: 'DONE' });
    expect(session.files[0]?.filename).to.match(/\.avi$/);
    const file = await world.index.get('recordings', session.files[0]?.filename ?? '');
    expect(file).to.include({ format: 'avi', camera: 'camera0' });
    expect(file.note).to.include({ sessionId: 'session-1', durationSeconds: 5, convertTo: null });
  });

  it('are named as they are if it takes longer, and are told when they are ready', async () => {
    await started('mkv');
    const recorded = await world.files();
    const release = held();
    const { session, conversion, sizeBytes } = await ended();
    expect(conversion).to.include({ format: 'mkv', state: 'RUNNING' });
    expect(session.files.map(({ filename }) => filename)).to.deep.equal(recorded);
    expect(sizeBytes).to.be.above(0);
    expect(world.recordings.of('camera0'), 'the camera is free').to.equal(undefined);
    release();
    await world.clock.advance(0);
    expect(lastJob()).to.include({ state: 'DONE', filename: recorded[0]?.replace('.mp4', '.mkv') });
    expect(await world.files()).to.deep.equal([lastJob()?.filename]);
  });

  it('stay as they were recorded when it fails, and it is not tried again', async () => {
    await started('mp4');
    world.tool.remuxError = new PortError('TOOL_FAILED');
    const { session, conversion } = await ended();
    expect(conversion?.state).to.equal('FAILED');
    expect(lastJob()).to.include({ state: 'FAILED' });
    const file = await world.index.get('recordings', session.files[0]?.filename ?? '');
    expect(file).to.include({ format: 'fmp4' });
    expect(file.note.convertTo).to.equal(null);
  });

  for (const cause of ['interrupted', 'STORAGE_FULL'] as const)
    it(`are made after the next start when it was ${cause}`, async () => {
      await started('mkv');
      const recorded = await world.files();
      if (cause === 'STORAGE_FULL') world.tool.remuxError = new PortError('STORAGE_FULL');
      else held();
      const { conversion } = await ended();
      expect(conversion?.state).to.equal(cause === 'STORAGE_FULL' ? 'FAILED' : 'RUNNING');
      await world.stop();
      expect(lastJob()?.state).to.equal(cause === 'STORAGE_FULL' ? 'FAILED' : 'INTERRUPTED');
      expect(await world.files(), 'nothing is lost').to.deep.equal(recorded);
      const { state, segments, store, clock } = world;
      world = await new CoreWorld({ state, segments, store, clock }).start();
      await world.clock.advance(0);
      expect(await world.files()).to.deep.equal([recorded[0]?.replace('.mp4', '.mkv')]);
      const { state: latest, segments: history } = world;
      await world.stop();
      world = await new CoreWorld({ state: latest, segments: history, store, clock }).start();
      expect(world.tool.remuxed, 'once').to.deep.equal([]);
    });

  it('do not take the space that running recordings need', async () => {
    await started('mkv');
    const [recorded = ''] = await world.files();
    world.store.capacity = () => Promise.resolve({ totalBytes: 10_000, availableBytes: 1_010 });
    const { conversion } = await ended();
    expect(conversion?.state).to.equal('FAILED');
    expect(lastJob()?.error?.data).to.include({ available_bytes: 1_010 });
    expect((await world.index.get('recordings', recorded)).note.convertTo).to.equal('mkv');
    expect(world.tool.remuxed).to.deep.equal([]);
  });

  it('are given up when they are cancelled or deleted', async () => {
    const tickets = new Tickets(world.clock, { secret: new Uint8Array(32), ttlSeconds: 900 });
    const library = libraryOf(world, tickets);
    for (const end of ['cancel', 'delete'] as const) {
      await started('mkv');
      held();
      const { session, conversion } = await ended();
      const filename = session.files[0]?.filename ?? '';
      if (end === 'cancel') world.jobs.cancel(conversion?.jobIds[0] ?? '', operator);
      else await world.during(library.remove('recordings', filename, operator));
      await world.clock.advance(0);
      expect(lastJob()?.state).to.equal('CANCELLED');
      expect((await world.files()).includes(filename)).to.equal(end === 'cancel');
    }
    expect(world.tool.remuxed).to.deep.equal([]);
  });
});
