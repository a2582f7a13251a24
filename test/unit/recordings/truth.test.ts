import { expect } from 'chai';
import { snapshotName } from '../../../core/files/file-names.js';
import fc from 'fast-check';
import { ActiveRecordings } from '../../../core/recordings/recording-store.js';
import type { RecordingChange } from '../../../core/recordings/recording-options.js';
import { CoreWorld, digest, type WorldOptions } from '../core-world.js';
import { callsOf, nameAt } from './helpers.js';

const HOUR_MS = 3_600_000;

describe('recordings tell the truth', () => {
  let world: CoreWorld;

  const begin = async (options: WorldOptions = {}): Promise<void> => {
    world = await new CoreWorld(options).start();
    await world.plug();
  };
  const { started, ended, types } = callsOf(() => world);
  const ofType = <T extends RecordingChange['type']>(type: T) =>
    world.recordingChanges.filter((change): change is RecordingChange & { type: T } => change.type === type);
  const step = (ms: number): void => world.clock.setWallClock(world.clock.now() + ms);
  const component = () => world.board.report().components['recordings'];
  /** From here on the media server writes nothing, wherever it thinks it does. */
  const stopWriting = (): (() => void) => {
    const { place } = world.store;
    world.store.place = () => undefined;
    return () => (world.store.place = place);
  };

  beforeEach(() => begin());
  afterEach(async () => {
    await world.stop();
    expect(world.clock.pending, 'timers left').to.equal(0);
  });

  describe('whatever the clocks say', () => {
    for (const [what, stepMs] of [
      ['forward', 3_000],
      ['back', -3_000],
      ['an hour forward', HOUR_MS],
      ['years back', -20 * 365 * 24 * HOUR_MS],
    ] as const) {
      it(`starts, counts and ends after a step ${what}`, async () => {
        step(stepMs);
        await started('fmp4', 20);
        step(-stepMs);
        await world.clock.advance(10_000);
        expect(world.recordings.of('camera0')?.state).to.equal('RECORDING');
        await world.clock.advance(12_000);
        expect(ofType('stopped').map(({ reason }) => reason)).to.deep.equal(['duration reached']);
        expect(ofType('gap')).to.deep.equal([]);
      });
    }

    it('knows its file again when the clock was behind at the start', async () => {
      const { sessionId } = await started();
      await world.clock.advance(2_000);
      await world.stop();
      const { state, segments, store, clock } = world;
      clock.setWallClock(clock.now() - HOUR_MS);
      await begin({ state, segments, store, clock });
      await world.clock.advance(3_000);
      const session = world.recordings.of('camera0');
      expect(session).to.include({ sessionId, state: 'RECORDING' });
      for (const { filename } of session?.files ?? [])
        expect(world.recordings.writing(filename)?.sessionId).to.equal(sessionId);
      expect((await ended()).session.files).to.have.length(2);
    });

    it('takes a file of another time zone for what it is, and places it on its own clock', async () => {
      const { files } = await started();
      await world.clock.advance(2_000);
      world.store.place('recordings', nameAt(world.clock.now() + 9 * HOUR_MS), new Uint8Array(10));
      await world.clock.advance(600);
      const second = world.recordings.of('camera0')?.files[1];
      expect(second?.startedAt).to.be.within(files[0]!.startedAt, world.clock.now());
      world.store.place('recordings', nameAt(world.clock.now(), 'another'), new Uint8Array(10));
      await world.clock.advance(600);
      expect(world.recordings.of('camera0')?.files).to.have.length(2);
    });
  });

  describe('about the disk', () => {
    it('says so when nothing is written, and when it gets on', async () => {
      await started();
      await world.clock.advance(2_000);
      const writeAgain = stopWriting();
      await world.clock.advance(7_000);
      expect(world.recordings.of('camera0')?.stall).to.include({ cause: 'storage' });
      expect(component()).to.include({ state: 'degraded' });
      expect(component()?.reason).to.match(/^camera0: nothing is written/);
      expect(ofType('stalled')).to.have.length(1);
      writeAgain();
      await world.clock.advance(8_000);
      expect(world.recordings.of('camera0')).to.not.have.property('stall');
      expect(component()).to.include({ state: 'ok' });
      expect(ofType('gap').map(({ gap }) => gap.cause)).to.deep.equal(['storage']);
      expect(types().filter((type) => type === 'stalled')).to.have.length(1);
    });

    it('has a gap until its end when it never gets on', async () => {
      await started();
      stopWriting();
      await world.clock.advance(20_000);
      const { session } = await ended();
      const [gap] = session.gaps;
      expect(gap).to.include({ cause: 'storage' });
      expect((gap?.to ?? 0) - (gap?.from ?? 0)).to.be.within(15_000, 21_000);
      expect(component()).to.include({ state: 'ok' });
    });

    it('begins another file at once when its own is deleted', async () => {
      const { files } = await started();
      await world.clock.advance(3_000);
      await world.store.remove('recordings', files[0]!.filename);
      await world.clock.advance(1_500);
      expect(ofType('stalled')).to.have.length(1);
      await world.clock.advance(1_500);
      const session = world.recordings.of('camera0');
      expect(session).to.not.have.property('stall');
      expect(session?.files.map((file) => file.filename)).to.not.include(files[0]!.filename);
      expect(session?.gaps.map((gap) => gap.cause)).to.deep.equal(['file_lost']);
      expect(session?.gaps[0]?.from).to.equal(files[0]!.startedAt);
    });

    it('has a gap of that cause, too, when another file has begun by the same look that misses its own', async () => {
      const { files } = await started();
      await world.clock.advance(3_000);
      const [first] = files;
      const [, mark = ''] = /_([^_]+)\.mp4$/.exec(first!.filename) ?? [];
      const next = `${snapshotName('camera0', world.clock.now(), 'jpg').slice(0, -4)}_${mark}.mp4`;
      await world.store.remove('recordings', first!.filename);
      world.store.place('recordings', next, new Uint8Array(500).fill(1));
      await world.clock.advance(2_000);
      const session = world.recordings.of('camera0');
      expect(session?.gaps[0]).to.include({ cause: 'file_lost', from: first!.startedAt });
    });

    for (const left of [0, 40]) {
      it(`begins another file at once when its own is cut to ${left} bytes and written on behind a hole`, async () => {
        const { files } = await started();
        const [file] = files;
        await world.clock.advance(5_000);
        const { sizeBytes } = await world.store.stat('recordings', file!.filename);
        const cut = new Uint8Array(sizeBytes + 1_000);
        cut.fill(1, 0, left);
        cut.fill(1, sizeBytes + 900);
        world.store.place('recordings', file!.filename, cut);
        await world.clock.advance(1_500);
        expect(ofType('stalled')).to.have.length(1);
        await world.clock.advance(2_500);
        const session = world.recordings.of('camera0');
        expect(session).to.not.have.property('stall');
        expect(session?.files).to.have.length(2);
        expect(session?.files[0]).to.have.property('wholeBytes', left);
        expect(session?.files[1]).to.not.have.property('wholeBytes');
      });
    }

    it('ends in order at the reserve', async () => {
      await started();
      world.store.capacity = () => Promise.resolve({ totalBytes: 10_000, availableBytes: 999 });
      await world.clock.advance(3_000);
      expect(ofType('stalled').map(({ error }) => error.code)).to.deep.equal(['STORAGE_FULL']);
      expect(ofType('stopped').map(({ reason }) => reason)).to.deep.equal([
        'the disk space reserve has been reached',
      ]);
      expect(world.recordings.all()).to.deep.equal([]);
    });

    it('names the camera when that is what delivers nothing', async () => {
      await started();
      await world.unplug();
      await world.clock.advance(8_000);
      expect(world.recordings.of('camera0')?.stall).to.include({ cause: 'source' });
    });
  });

  describe('that were running before', () => {
    const good = {
      sessionId: 'a-1',
      camera: 'camera0',
      format: 'fmp4',
      startedAt: 5,
      state: 'RECORDING',
      files: [{ filename: 'camera0_x.mp4', startedAt: 5, sizeBytes: 1 }],
      gaps: [],
    };
    const loaded = async (sessions: unknown) => {
      await world.state.write('recordings.active', { sessions });
      return (await new ActiveRecordings({ state: world.state, log: world.log, digest }).load()).map(
        ({ camera }) => camera,
      );
    };
    const bad: readonly unknown[] = [
      ...[null, 1, 'x', [], {}],
      ...[{ camera: 1 }, { camera: '../etc' }, { format: 'wmv' }, { startedAt: -1 }, { startedAt: 9e99 }],
      ...[{ startedAt: null }, { files: {} }, { files: [1] }, { files: [{ filename: 1 }] }],
      ...[{ gaps: 1 }, { gaps: [{}] }, { stopAt: 'soon' }, { sessionId: '' }].map((odd) => odd),
    ].map((odd) =>
      typeof odd === 'object' && odd !== null && !Array.isArray(odd) && Object.keys(odd).length > 0
        ? { ...good, camera: 'camera9', ...odd }
        : odd,
    );

    it('count one by one: an odd entry spoils no other', async () => {
      expect(await loaded([...bad, good])).to.deep.equal(['camera0']);
      expect(world.log.lines().filter(({ message }) => message.includes('entry is damaged'))).to.have.length(
        bad.length,
      );
      expect(await loaded([good, { ...good, sessionId: 'b-2' }])).to.deep.equal(['camera0']);
    });

    it('never make the start fail', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.oneof(fc.json(), fc.constant(JSON.stringify(good)))), async (texts) => {
          for (const camera of await loaded(texts.map((text) => JSON.parse(text) as unknown)))
            expect(camera).to.equal('camera0');
        }),
        { numRuns: 100 },
      );
    });
  });
});
