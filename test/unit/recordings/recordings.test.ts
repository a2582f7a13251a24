import { expect } from 'chai';
import { PortError } from '../../../ports/index.js';
import { CoreWorld, type WorldOptions } from '../core-world.js';
import { callsOf, nameAt, stepsOf } from './helpers.js';

describe('RecordingService', () => {
  let world: CoreWorld;

  const begin = async (options: WorldOptions = {}): Promise<void> => {
    world = await new CoreWorld(options).start();
    await world.plug();
  };
  const { start, started, ended, types } = callsOf(() => world);
  const stored = async (): Promise<number> =>
    ((await world.state.read('recordings.active')) as { sessions: unknown[] } | undefined)?.sessions.length ??
    0;
  /** As after any failed start. */
  const expectNothingLeft = async (): Promise<void> => {
    expect(world.recordings.all()).to.deep.equal([]);
    expect(await world.files()).to.deep.equal([]);
    expect(await stored()).to.equal(0);
    expect(types()).to.deep.equal(['failed']);
    expect(world.streams.view('camera0')).to.include({ isWanted: false, record: false });
    await world.clock.advance(3_000);
    expect(world.capture.control.running()).to.deep.equal([]);
  };

  beforeEach(() => begin());
  afterEach(async () => {
    await world.stop();
    expect(world.clock.pending, 'timers left').to.equal(0);
  });

  describe('starting', () => {
    it('answers when the first bytes are on disk, and not before', async () => {
      let isDone = false;
      const { append } = stepsOf(world);
      append.hold();
      const starting = start().finally(() => (isDone = true));
      await world.clock.advance(2_000);
      expect(isDone).to.equal(false);
      expect(world.recordings.of('camera0')?.state).to.equal('STARTING');
      append.release();
      const session = await world.during(starting);
      expect(session).to.include({ state: 'RECORDING', camera: 'camera0', format: 'fmp4' });
      expect(session.files[0]?.sizeBytes).to.be.greaterThan(0);
      expect(await world.files()).to.deep.equal([session.files[0]?.filename]);
      expect(types()).to.deep.equal(['started']);
      expect(await stored()).to.equal(1);
      expect(world.recordings.writing(session.files[0]?.filename ?? '')?.sessionId).to.equal('session-1');
    });

    it('lets one of two callers win', async () => {
      const [first, second] = await world.during(Promise.allSettled([start(), start()]));
      expect([first.status, second.status].sort()).to.deep.equal(['fulfilled', 'rejected']);
      const refused = [first, second].find((each) => each.status === 'rejected');
      expect(refused?.reason).to.include({ code: 'RECORDING_IN_PROGRESS' });
      expect(await world.files()).to.have.length(1);
      expect((await world.failure(start())).data['filename']).to.equal((await world.files())[0]);
    });

    it('refuses what cannot be', async () => {
      await world.unplug();
      expect(await world.failure(start())).to.include({ code: 'INVALID_STATE' });
      await world.plug();
      (world.memory.supports as { recording: boolean }).recording = false;
      expect(await world.failure(start())).to.include({ code: 'UNSUPPORTED' });
      await world.stop();
      await begin({ capacityBytes: 500 });
      expect(await world.failure(start())).to.include({ code: 'STORAGE_FULL' });
    });

    it('refuses at once while the media server is away, or does not answer', async () => {
      world.memory.control.goDown('killed');
      const { code, data } = await world.failure(start());
      expect([code, data['detail']]).to.deep.equal(['DEPENDENCY_FAILED', 'killed']);
      world.memory.control.comeBack();
      world.memory.paths = (signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            reject(signal.reason as Error);
          });
        });
      const began = world.clock.monotonicMs();
      expect(await world.failure(start())).to.include({ code: 'DEPENDENCY_FAILED' });
      expect(world.clock.monotonicMs() - began).to.be.at.most(2_100);
      world.memory.paths = () => Promise.reject(new PortError('MEDIA_SERVER_UNREACHABLE'));
      expect(await world.failure(start())).to.include({ code: 'DEPENDENCY_FAILED' });
    });
  });

  describe('leaves nothing behind when', () => {
    it('no bytes come', async () => {
      await world.stop();
      await begin({ picturesOnlyWhenTold: true });
      const { code, data } = await world.failure(start());
      expect(code).to.equal('DEPENDENCY_FAILED');
      expect(data['detail']).to.match(/nothing was recorded within 10000 ms/);
      await expectNothingLeft();
    });

    it('the camera cannot be started, and says why', async () => {
      world.capture.control.refuse(new PortError('TOOL_MISSING', { message: 'no ffmpeg' }));
      expect((await world.failure(start())).data['detail']).to.match(/no ffmpeg$/);
      await expectNothingLeft();
    });

    it('the media server refuses', async () => {
      const { ensurePath } = world.memory;
      world.memory.ensurePath = (name, spec, signal) =>
        spec.record === false
          ? ensurePath.call(world.memory, name, spec, signal)
          : Promise.reject(new PortError('MEDIA_SERVER_REJECTED'));
      expect((await world.failure(start())).data['dependency']).to.equal('media-server');
      await expectNothingLeft();
    });

    it('the media server is lost while the camera starts', async () => {
      await world.stop();
      await begin({ picturesOnlyWhenTold: true });
      const failing = world.failure(start());
      await world.clock.advance(500);
      world.memory.control.goDown('killed');
      expect((await failing).data['detail']).to.equal('killed');
      await expectNothingLeft();
    });

    it('the media server is lost before the first bytes', async () => {
      stepsOf(world).append.hold();
      const failing = world.failure(start());
      await world.clock.advance(2_000);
      world.memory.control.goDown('killed');
      expect((await failing).data['detail']).to.equal('killed');
      await expectNothingLeft();
    });

    it('the camera is pulled meanwhile', async () => {
      stepsOf(world).append.hold();
      const failing = world.failure(start());
      await world.clock.advance(1_000);
      await world.unplug();
      expect((await failing).data).to.include({ state: 'DISCONNECTED' });
      await expectNothingLeft();
    });

    it('the caller goes away, a file without a byte included', async () => {
      stepsOf(world).append.hold();
      const gone = new AbortController();
      const camera = world.registry.get('camera0')!;
      const failing = world.failure(world.recordings.begin({ camera }, gone.signal));
      await world.clock.advance(1_500);
      world.store.place('recordings', nameAt(world.clock.now()), new Uint8Array(0));
      gone.abort(new Error('client gone'));
      expect(await failing).to.include({ code: 'DEPENDENCY_FAILED' });
      await expectNothingLeft();
    });

    it('the service stops meanwhile', async () => {
      stepsOf(world).append.hold();
      const failing = world.failure(start());
      await world.clock.advance(1_000);
      const stopping = world.stop();
      expect(await failing).to.include({ code: 'DEPENDENCY_FAILED' });
      await stopping;
      expect(await stored()).to.equal(0);
    });

    it('but what was there before', async () => {
      const older = nameAt(world.clock.now(), 'other');
      world.store.place('recordings', older, new Uint8Array(10));
      stepsOf(world).append.hold();
      await world.failure(start());
      expect(await world.files()).to.deep.equal([older]);
    });

    for (const [what, code, says] of [
      ['the folder cannot be read, or the file not be removed: then it says so', 'STORAGE_FAILED', true],
      ['somebody else has removed its file by then', 'FILE_NOT_FOUND', false],
    ] as const)
      it(what, async () => {
        stepsOf(world).append.afterBytes(() => {
          world.store.remove = () => Promise.reject(new PortError(code));
          world.memory.control.goDown();
        });
        const { list } = world.store;
        let lists = 0;
        world.store.list = (kind) => {
          lists += 1;
          return lists === 1 ? Promise.resolve([]) : list.call(world.store, kind);
        };
        await world.failure(start());
        expect(world.recordings.all()).to.deep.equal([]);
        const left = 'a recording that did not start may have left a file';
        expect(world.log.lines().some(({ message }) => message === left)).to.equal(says);
      });
  });

  describe('ending', () => {
    it('measures the file, files it, and lets the camera go', async () => {
      await started();
      await world.clock.advance(5_000);
      const { session, seconds, sizeBytes } = await ended();
      expect(session.files).to.have.length(1);
      expect(seconds).to.equal(5);
      expect(sizeBytes).to.equal(
        (await world.store.stat('recordings', session.files[0]!.filename)).sizeBytes,
      );
      expect(types().at(-1)).to.equal('stopped');
      expect(world.recordings.of('camera0')).to.equal(undefined);
      expect(await stored()).to.equal(0);
      const indexed = await world.index.get('recordings', session.files[0]!.filename);
      expect(indexed.note).to.include({ durationSeconds: 5, sessionId: 'session-1', format: 'fmp4' });
      await world.clock.advance(1_000);
      expect(world.capture.control.running()).to.deep.equal([]);
    });

    it('is refused without a recording, while one starts, and while it ends', async () => {
      expect((await world.failure(world.recordings.end('camera0', 'x'))).data['state']).to.equal(
        'NOT_RECORDING',
      );
      const starting = start();
      await world.clock.advance(0);
      expect((await world.failure(world.recordings.end('camera0', 'x'))).data['state']).to.equal('STARTING');
      await world.during(starting);
      const ending = world.recordings.end('camera0', 'x');
      expect((await world.failure(world.recordings.end('camera0', 'x'))).data['state']).to.equal('STOPPING');
      await world.during(ending);
    });

    it('after the wanted duration, counted from the first picture', async () => {
      const { files, stopAt } = await started('fmp4', 60);
      expect(stopAt).to.equal((files[0]?.startedAt ?? 0) + 60_000);
      await world.clock.advance(58_000);
      expect(types()).to.not.include('stopped');
      await world.clock.advance(5_000);
      expect(world.recordingChanges.at(-1)).to.include({ type: 'stopped', reason: 'duration reached' });
    });

    it('as soon as it counts as running, and its timer never ends the next one', async () => {
      const { write } = world.state;
      world.state.write = async (key, value) => {
        await world.clock.sleep(key === 'recordings.active' ? 200 : 0);
        await write.call(world.state, key, value);
      };
      let ending: Promise<unknown> = Promise.resolve();
      world.recordings.changes.add(({ type }) => {
        if (type === 'started') ending = world.recordings.end('camera0', 'quick');
      });
      await started('fmp4', 30);
      await world.during(ending);
      expect(types()).to.deep.equal(['started', 'stopped']);
      expect(world.clock.pending).to.be.greaterThan(0);
      await world.clock.advance(40_000);
      expect(types()).to.deep.equal(['started', 'stopped']);
      expect(world.log.lines().map(({ message }) => message)).to.not.include(
        'recording could not be stopped in time',
      );
    });

    it('also when the media server is away', async () => {
      await started();
      world.memory.control.goDown();
      expect((await ended()).session.files).to.have.length(1);
      expect(world.streams.view('camera0').record).to.equal(false);
    });

    it('also when the file cannot be measured or listed: the camera can be recorded again', async () => {
      await started();
      world.tool.inspect = () => Promise.reject(new PortError('TOOL_FAILED'));
      const { list } = world.store;
      world.store.list = () => Promise.reject(new PortError('STORAGE_FAILED'));
      const { session } = await ended();
      expect(session.files[0]).to.not.have.property('durationSeconds');
      world.store.list = list;
      await started();
      expect(world.recordings.of('camera0')?.sessionId).to.equal('session-2');
    });

    for (const format of ['mp4', 'mkv'] as const) {
      it(`rewrites what was recorded as ${format}`, async () => {
        await started(format);
        const recorded = await world.files();
        const { session } = await ended();
        const filename = recorded[0]?.replace('.mp4', `.${format}`);
        expect(session.files.map((file) => file.filename)).to.deep.equal([filename]);
        expect(await world.files()).to.deep.equal([filename]);
        expect((await world.index.get('recordings', filename ?? '')).format).to.equal(format);
      });
    }

    it('keeps the recorded file when it cannot be rewritten', async () => {
      await started('mkv');
      const recorded = await world.files();
      world.tool.remuxError = new PortError('TOOL_FAILED');
      expect((await ended()).session.files[0]?.filename).to.equal(recorded[0]);
      expect(await world.files()).to.deep.equal(recorded);
    });

    it('records MPEG-TS as it is', async () => {
      await started('mpegts');
      expect((await ended()).session.files[0]?.filename).to.match(/\.ts$/);
      expect(world.tool.remuxed).to.deep.equal([]);
    });
  });
});
