import { expect } from 'chai';
import { PortError } from '../../../ports/index.js';
import { CoreWorld, type WorldOptions } from '../core-world.js';
import { callsOf, nameAt } from './helpers.js';

describe('recordings', () => {
  let world: CoreWorld;

  const begin = async (options: WorldOptions = {}): Promise<void> => {
    world = await new CoreWorld(options).start();
    await world.plug();
  };
  const { started, ended, types } = callsOf(() => world);
  beforeEach(() => begin());
  afterEach(async () => {
    await world.stop();
    expect(world.clock.pending, 'timers left').to.equal(0);
  });

  describe('running', () => {
    it('tells its progress', async () => {
      await started();
      await world.clock.advance(11_000);
      expect(types().filter((type) => type === 'progress')).to.have.length(3);
    });

    it('goes on in a further file after a gap, and says how long it was', async () => {
      const { files } = await started();
      const first = files[0]!;
      world.tool.durationSeconds = 10;
      await world.clock.advance(13_000);
      world.memory.control.kill();
      world.capture.control.end('camera0', 'publish_failed');
      await world.clock.advance(3_000);
      const gap = world.recordingChanges.find(({ type }) => type === 'gap');
      expect(gap).to.have.nested.property('gap.from', first.startedAt + 10_000);
      const { session } = await ended();
      expect(session.files).to.have.length(2);
      expect(session.gaps).to.have.length(1);
      const second = await world.index.get('recordings', session.files[1]!.filename);
      expect(second.note.gaps).to.deep.equal(session.gaps);
    });

    it('tells of a gap also when the file before it cannot be read: it ended with its last byte', async () => {
      const { files } = await started();
      const first = files[0]!;
      world.tool.inspect = () => Promise.reject(new PortError('TOOL_FAILED'));
      await world.clock.advance(13_000);
      world.memory.control.goDown();
      await world.clock.advance(2_000);
      world.memory.control.comeBack();
      world.capture.control.end('camera0', 'publish_failed');
      await world.clock.advance(3_000);
      const { modifiedAt } = await world.store.stat('recordings', first.filename);
      const gap = world.recordingChanges.find(({ type }) => type === 'gap');
      expect(gap).to.have.nested.property('gap.from', modifiedAt);
      const { session } = await ended();
      expect(session.gaps).to.have.length(1);
      expect(session.files[0]).to.not.have.property('durationSeconds');
    });

    it('goes on in a further file without a gap', async () => {
      const { files } = await started();
      await world.clock.advance(5_200);
      world.store.place('recordings', nameAt(files[0]!.startedAt + 5_100), new Uint8Array(50));
      await world.clock.advance(1_000);
      expect(types()).to.not.include('gap');
      expect(world.recordings.of('camera0')?.files[0]).to.include({ durationSeconds: 5 });
      const { session, seconds } = await ended();
      expect(session.gaps).to.deep.equal([]);
      expect(seconds).to.equal(10);
    });

    it('survives a folder that cannot be read for a moment', async () => {
      await started();
      const { list } = world.store;
      world.store.list = () => Promise.reject(new PortError('STORAGE_FAILED'));
      await world.clock.advance(2_000);
      world.store.list = list;
      expect((await ended()).session.files).to.have.length(1);
    });
  });

  describe('after a restart', () => {
    const restart = async (): Promise<void> => {
      await world.stop();
      const { state, segments, store, clock } = world;
      await begin({ state, segments, store, clock });
    };

    it('goes on, in the same recording', async () => {
      const { sessionId, files } = await started();
      await world.clock.advance(6_000);
      await restart();
      await world.clock.advance(3_000);
      expect(world.recordings.of('camera0')).to.include({ sessionId, state: 'RECORDING' });
      const { session } = await ended();
      expect(session.files.map((file) => file.filename)[0]).to.equal(files[0]?.filename);
      expect(session.files).to.have.length(2);
    });

    it('ends when the wanted duration is over, also when that was meanwhile', async () => {
      await started('fmp4', 30);
      await world.stop();
      const { state, segments, store, clock } = world;
      await clock.advance(60_000);
      world = await new CoreWorld({ state, segments, store, clock }).start();
      await world.clock.advance(2_000);
      expect(world.recordingChanges.at(-1)).to.include({ type: 'stopped', reason: 'duration reached' });
    });

    it('does not go on with what was ended or never began', async () => {
      await started();
      await ended();
      await restart();
      expect(world.recordings.all()).to.deep.equal([]);
    });

    for (const text of ['{', '{"sessions": [{"camera": 1}, null]}', 'null'])
      it(`goes on without a document that can be read: ${text}`, async () => {
        await started();
        await world.stop();
        for (const key of ['recordings.active', 'recordings.active.copy']) world.state.damage(key, text);
        await restart();
        expect(world.recordings.all()).to.deep.equal([]);
      });

    for (const key of ['recordings.active', 'recordings.active.copy'])
      it(`goes on when one of the two documents is torn: ${key}`, async () => {
        await started();
        await world.stop();
        world.state.damage(key, '{"sessions": [');
        await restart();
        expect(world.recordings.all().map(({ camera }) => camera)).to.deep.equal(['camera0']);
      });

    it('records all the same when that cannot be kept', async () => {
      world.state.write = () => Promise.reject(new PortError('STORAGE_FULL'));
      await started();
      expect(world.recordings.of('camera0')?.state).to.equal('RECORDING');
    });
  });
});
