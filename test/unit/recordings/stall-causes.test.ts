import { expect } from 'chai';
import { PortError } from '../../../ports/index.js';
import { CoreWorld, type WorldOptions } from '../core-world.js';
import { callsOf, nameAt } from './helpers.js';

/** Longer than a file may not grow. */
const STALL_MS = 7_000;

describe('a recording that does not get on says why', () => {
  let world: CoreWorld;

  const begin = async (options: WorldOptions = {}): Promise<void> => {
    world = await new CoreWorld(options).start();
    await world.plug();
  };
  const { start, started, ended, types } = callsOf(() => world);
  const stall = () => world.recordings.of('camera0')?.stall;
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

  it('the media server is away, and which reason it gave', async () => {
    await started();
    world.memory.control.goDown('killed');
    await world.clock.advance(STALL_MS);
    expect(stall()).to.include({ cause: 'media_server' });
    expect(stall()?.reason).to.match(/: killed$/);
    world.memory.control.comeBack();
    world.capture.control.end('camera0', 'publish_failed');
    await world.clock.advance(2 * STALL_MS);
    expect(stall()).to.equal(undefined);
    expect(world.recordings.of('camera0')?.gaps.map(({ cause }) => cause)).to.deep.equal(['media_server']);
  });

  it('the camera delivers nothing, and what it failed with', async () => {
    await started();
    world.capture.control.refuse(new PortError('TOOL_MISSING', { message: 'no ffmpeg' }));
    world.capture.control.end('camera0', 'failed');
    await world.clock.advance(STALL_MS);
    expect(stall()).to.include({ cause: 'source' });
    expect(stall()?.reason).to.match(/: no ffmpeg$/);
  });

  it('the disk is full, where no reserve ends recordings before', async () => {
    await world.stop();
    await begin({ recordings: { reserveBytes: 0 } });
    await started();
    stopWriting();
    world.store.capacity = () => Promise.resolve({ totalBytes: 10, availableBytes: 0 });
    await world.clock.advance(STALL_MS);
    expect(stall()).to.include({ cause: 'storage' });
    expect(stall()?.reason).to.match(/full/);
  });

  it('the folder is another one', async () => {
    await started();
    stopWriting();
    world.store.identity = () => Promise.resolve('another disk');
    await world.clock.advance(STALL_MS);
    expect(stall()?.reason).to.match(/replaced, unmounted/);
  });

  it('the folder cannot be used, whatever that throws', async () => {
    for (const cause of [new PortError('STORAGE_FAILED', { message: 'input/output error' }), 'odd']) {
      await started();
      stopWriting();
      // An adapter may throw anything.
      world.store.identity = () => Promise.reject(cause);
      await world.clock.advance(STALL_MS);
      const words = cause instanceof PortError ? cause.message : cause;
      expect(stall()?.reason).to.include(`: ${words}`);
      await world.stop();
      await begin();
    }
  });

  it('takes away what holds nothing before it begins another file', async () => {
    await started();
    const writeAgain = stopWriting();
    await world.clock.advance(1_000);
    writeAgain();
    const empty = nameAt(world.clock.now());
    world.store.place('recordings', empty, new Uint8Array(0));
    stopWriting();
    await world.clock.advance(STALL_MS);
    expect(stall()).to.include({ cause: 'storage' });
    expect(await world.files()).to.not.include(empty);
  });

  it('is tried again and again while it cannot be begun anew', async () => {
    await started();
    const writeAgain = stopWriting();
    const { start: open } = world.store;
    world.store.start = () => Promise.reject(new PortError('STORAGE_FAILED'));
    const { ensurePath } = world.memory;
    let attempts = 0;
    world.memory.ensurePath = (_name, { record }) => {
      if (record !== false) attempts += 1;
      return Promise.reject(new PortError('MEDIA_SERVER_REJECTED'));
    };
    await world.clock.advance(3 * STALL_MS);
    expect(attempts).to.be.at.least(2);
    expect(world.log.lines().filter(({ level }) => level === 'warn').length).to.be.at.least(2);
    expect(world.recordings.of('camera0')?.state).to.equal('RECORDING');
    Object.assign(world.store, { start: open });
    Object.assign(world.memory, { ensurePath });
    writeAgain();
    await world.clock.advance(2 * STALL_MS);
    expect(stall()).to.equal(undefined);
  });

  it('is not begun anew when it is ended while that is prepared', async () => {
    await started();
    const writeAgain = stopWriting();
    const { start: open } = world.store;
    let goOn: () => void = () => undefined;
    world.store.start = () => new Promise((resolve) => (goOn = resolve));
    await world.clock.advance(STALL_MS);
    const ending = ended();
    goOn();
    Object.assign(world.store, { start: open });
    writeAgain();
    expect((await ending).session.gaps.map(({ cause }) => cause)).to.deep.equal(['storage']);
    await world.clock.advance(STALL_MS);
    expect(world.streams.view('camera0')).to.include({ isWanted: false, record: false });
    expect(world.recordings.all()).to.deep.equal([]);
  });

  it('loses nothing that it has not yet: files that vanish while it ends are no trouble', async () => {
    const { files } = await started();
    await world.clock.advance(2_000);
    const ending = world.recordings.end('camera0', 'stop_recording');
    await world.store.remove('recordings', files[0]!.filename);
    expect((await world.during(ending)).session.files).to.deep.equal([]);
    expect(types()).to.not.include('stalled');
  });

  it('has its first files by one look, and a gap between them of unknown cause', async () => {
    const { place } = world.store;
    world.store.place = () => undefined;
    const starting = start();
    await world.clock.advance(500);
    const now = world.clock.now();
    place('recordings', nameAt(now - 900), new Uint8Array(50).fill(1));
    place('recordings', nameAt(now - 100), new Uint8Array(50).fill(1));
    world.store.place = place;
    world.tool.durationSeconds = 0.2;
    expect((await world.during(starting)).files).to.have.length(2);
    await world.clock.advance(1_000);
    expect(world.recordings.of('camera0')?.gaps.map(({ cause }) => cause)).to.deep.equal(['unknown']);
  });
});
