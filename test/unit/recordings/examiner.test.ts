import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { PortError, type IntegrityReport } from '../../../ports/index.js';
import { CoreWorld } from '../core-world.js';
import { callsOf, nameAt } from './helpers.js';

const MINUTE_MS = 60_000;

describe('FileExaminer', () => {
  let world: CoreWorld;
  const { started, ended, types } = callsOf(() => world);

  beforeEach(async () => {
    world = new CoreWorld();
    await world.index.load();
  });
  afterEach(async () => {
    await world.during(world.examiner.stop());
    await world.stop();
  });

  const sessionNote = { sessionId: 's9', camera: 'camera0', isOpen: true, durationSeconds: 9 };
  const nameBefore = (ms: number): string => nameAt(world.clock.now() - ms);
  const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, (_, at) => at & 255);
  const noteOf = (name: string) => world.index.known('recordings', name)?.note;
  const sizeOf = async (name: string): Promise<number> =>
    (await world.store.stat('recordings', name)).sizeBytes;

  const damaged = (name: string, sizeBytes: number, intact: IntegrityReport['intact']): void =>
    void world.tool.damage.set(name, {
      ...{ format: 'fmp4', sizeBytes, complete: false, intact },
      problems: [{ at: 600, reason: 'a box (mdat) is incomplete' }],
    });

  /** Everything is up, and what was there is old enough. */
  const examine = async (ms = 6 * MINUTE_MS): Promise<void> => {
    await world.start();
    await world.examiner.start();
    await pass(ms);
  };
  const pass = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 500) await world.clock.advance(500);
  };
  const examined = (): readonly string[] => {
    const calls: string[] = [];
    const { integrity } = world.tool;
    world.tool.integrity = async (file, signal) => {
      calls.push(file.slice(file.lastIndexOf('/') + 1));
      return await integrity(file, signal);
    };
    return calls;
  };

  it('keeps what is intact of a recording that was interrupted, and says what was cut off', async () => {
    const name = nameBefore(10_000);
    world.store.place('recordings', name, bytes(1_000));
    damaged(name, 1_000, [{ first: 0, last: 599 }]);
    await world.index.note('opened', name, sessionNote);
    await examine();
    expect(await sizeOf(name)).to.equal(600);
    expect(await world.store.quarantined()).to.deep.equal({ files: 1, sizeBytes: 400 });
    expect(noteOf(name)).to.deep.include({ isOpen: false, durationSeconds: 5, codec: 'h264' });
    expect(noteOf(name)?.repaired).to.include({ lostBytes: 400 });
    const [gap] = noteOf(name)?.gaps ?? [];
    expect(gap).to.include({ cause: 'file_lost' });
    expect((gap?.to ?? 0) - (gap?.from ?? 0), 'of 9 seconds, 5 are left').to.equal(4_000);
    const { quarantine } = world.board.report().components;
    expect(quarantine).to.deep.include({ state: 'ok' });
    expect(quarantine?.reason).to.include('1 damaged file or part, 400 bytes');
    expect(world.log.lines().some(({ message }) => message.includes('was repaired'))).to.equal(true);
  });

  it('moves a recording without a complete fragment to quarantine, and says what is missing', async () => {
    const [empty, next] = [nameBefore(20_000), nameBefore(10_000)];
    world.store.place('recordings', empty, bytes(50));
    world.store.place('recordings', next, bytes(70));
    damaged(empty, 50, []);
    await world.index.note('opened', empty, sessionNote);
    await world.index.note('closed', next, { ...sessionNote, isOpen: false });
    await world.clock.advance(5_000);
    await examine();
    expect(await world.files()).to.deep.equal([next]);
    expect((await world.store.quarantined()).files).to.equal(1);
    expect(noteOf(next)?.gaps).to.have.length(1);
    expect(noteOf(next)?.gaps?.[0]).to.include({ cause: 'file_lost' });
  });

  it('leaves files alone that were not recorded here, and examines nothing twice', async () => {
    const calls = examined();
    const own = nameBefore(10_000);
    for (const name of [own, 'notes.txt', 'holiday.mp4']) world.store.place('recordings', name, bytes(100));
    damaged('holiday.mp4', 100, [{ first: 0, last: 49 }]);
    await examine();
    expect(await world.files()).to.deep.equal([own, 'holiday.mp4', 'notes.txt']);
    expect(await sizeOf('holiday.mp4')).to.equal(100);
    expect([...calls].sort()).to.deep.equal([own, 'holiday.mp4']);
    await world.during(world.examiner.stop());
    const { clock, store, segments, state } = world;
    await world.stop();
    world = new CoreWorld({ clock, store, segments, state });
    const again = examined();
    await examine();
    expect(again).to.deep.equal([]);
    world.store.place('recordings', 'holiday.mp4', bytes(100));
    await world.index.all('recordings');
    await pass(6 * MINUTE_MS);
    expect(again, 'it has changed').to.deep.equal(['holiday.mp4']);
  });

  it('waits until a file has been left alone', async () => {
    const calls = examined();
    await examine(0);
    for (let minute = 0; minute < 10; minute += 1) {
      world.store.place('recordings', 'copied.mp4', bytes(100 + minute));
      await world.index.all('recordings');
      await pass(MINUTE_MS);
    }
    expect(calls).to.deep.equal([]);
    await pass(5 * MINUTE_MS);
    expect(calls).to.deep.equal(['copied.mp4']);
  });

  it('is not stopped by a file that cannot be read', async () => {
    const [bad, good] = [nameBefore(20_000), nameBefore(10_000)];
    for (const name of [bad, good]) {
      world.store.place('recordings', name, bytes(100));
      await world.index.note('closed', name, { ...sessionNote, isOpen: false });
    }
    const { integrity } = world.tool;
    world.tool.integrity = async (file, signal) => {
      if (file.endsWith(bad)) throw new PortError('TOOL_FAILED', { message: 'bad sector' });
      return await integrity(file, signal);
    };
    await examine();
    expect(noteOf(bad)?.examined).to.equal(undefined);
    expect(noteOf(good)?.examined).to.be.a('string');
    expect(await world.files()).to.have.length(2);
  });

  it('leaves a file as it was when the disk is full', async () => {
    const name = nameBefore(10_000);
    world.store.place('recordings', name, bytes(1_000));
    damaged(name, 1_000, [{ first: 0, last: 599 }]);
    await world.index.note('opened', name, sessionNote);
    world.store.salvage = () => Promise.reject(new PortError('STORAGE_FULL'));
    await examine();
    expect(await sizeOf(name)).to.equal(1_000);
    expect(noteOf(name)?.repaired).to.equal(undefined);
  });

  it('knows a file that was repaired when the service was killed before it could note that', async () => {
    const name = nameBefore(10_000);
    world.store.place('recordings', name, bytes(600));
    const repairing = { at: 1_000, lostBytes: 400 };
    await world.index.note('opened', name, { ...sessionNote, repairing });
    await examine();
    expect(noteOf(name)).to.deep.include({ isOpen: false, repaired: repairing });
  });

  it('does not touch what a running recording writes, and repairs a file that another one goes on after', async () => {
    await world.start();
    await world.plug();
    const { sessionId } = await started();
    await world.examiner.start();
    const [first = ''] = await world.files();
    await pass(MINUTE_MS);
    const whole = await sizeOf(first);
    expect(noteOf(first)?.examined, 'it is written').to.equal(undefined);
    damaged(first, whole, [{ first: 0, last: whole - 33 }]);
    world.memory.control.kill();
    world.capture.control.end('camera0', 'publish_failed');
    await pass(MINUTE_MS);
    expect(await sizeOf(first)).to.equal(whole - 32);
    expect(noteOf(first)?.repaired?.lostBytes).to.equal(32);
    const session = world.recordings.of('camera0');
    expect(session).to.include({ sessionId, state: 'RECORDING' });
    expect(session?.files).to.have.length(2);
    expect(types(), 'it is not taken for a loss').to.not.include('stalled');
    expect((await ended()).session.files).to.have.length(2);
  });

  it('computes the SHA-256 of finished recordings, again when they change, and of others when asked', async () => {
    const [own, foreign] = [nameBefore(10_000), 'foreign.mp4'];
    world.store.place('recordings', own, bytes(1_000));
    world.store.place('recordings', foreign, bytes(500));
    await world.index.note('closed', own, { ...sessionNote, isOpen: false });
    await examine();
    const sha256 = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');
    expect(noteOf(own)?.sha256?.hex).to.equal(sha256(bytes(1_000)));
    expect(noteOf(foreign)?.sha256).to.equal(undefined);
    world.examiner.want(await world.index.get('recordings', foreign));
    world.store.place('recordings', own, bytes(1_001));
    await world.index.all('recordings');
    await pass(MINUTE_MS);
    expect(noteOf(own)?.sha256?.hex).to.equal(sha256(bytes(1_001)));
    expect(noteOf(foreign)?.sha256?.hex).to.equal(sha256(bytes(500)));
  });

  it('repairs a recording although what is left of it cannot be measured', async () => {
    const name = nameBefore(10_000);
    world.store.place('recordings', name, bytes(1_000));
    damaged(name, 1_000, [{ first: 0, last: 599 }]);
    await world.index.note('opened', name, sessionNote);
    world.tool.inspect = () => Promise.reject(new PortError('TOOL_FAILED'));
    await examine();
    expect(await sizeOf(name)).to.equal(600);
    expect(noteOf(name)?.repaired).to.include({ lostBytes: 400 });
    expect(noteOf(name)).not.to.have.property('codec');
  });
});
