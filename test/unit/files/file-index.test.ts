import { expect } from 'chai';
import type { FileKind } from '../../../ports/index.js';
import { PortError } from '../../../ports/index.js';
import type { MemoryFileStore } from '../../../adapters/file-store/memory/memory-file-store.js';
import { FileIndex } from '../../../core/files/file-index.js';
import type { RecordingSession } from '../../../core/recordings/recording-session.js';
import { CoreWorld } from '../core-world.js';

const bytes = new Uint8Array(10);

describe('FileIndex', () => {
  let world: CoreWorld;
  let index: FileIndex;

  beforeEach(async () => {
    world = new CoreWorld();
    index = world.index;
    await index.load();
  });

  const all = async (kind: FileKind = 'recordings'): Promise<string[]> =>
    [...(await index.all(kind))].map((file) => file.filename);
  const age = (ms: number) => world.clock.advance(ms);
  const session = (filename: string, extra: Partial<RecordingSession> = {}): RecordingSession => ({
    sessionId: 's1',
    camera: 'camera0',
    format: 'mp4',
    startedAt: 0,
    state: 'STOPPING',
    files: [{ filename, startedAt: 0, sizeBytes: 10, durationSeconds: 7 }],
    gaps: [],
    ...extra,
  });

  it('shows what it was told of at once, and what others wrote a moment later', async () => {
    const file = await world.store.write('snapshots', 'front.jpg', bytes);
    index.addSnapshot(file, 'camera0');
    expect(await all('snapshots')).to.deep.equal(['front.jpg']);
    expect((await index.get('snapshots', 'front.jpg')).camera).to.equal('camera0');
    world.store.place('snapshots', 'other.jpg', bytes);
    await age(300);
    expect(await all('snapshots')).to.have.length(2);
  });

  /** A store that reports nothing of what happens in its folders. */
  const withoutReports = async (): Promise<void> => {
    delete (world.store as Partial<MemoryFileStore>).watch;
    await index.load();
  };

  it('answers with the last listing while a large folder is read, but not with a very old one', async () => {
    await withoutReports();
    const { list } = world.store;
    world.store.list = async (kind) => {
      await world.clock.sleep(200);
      return await list.call(world.store, kind);
    };
    await world.during(index.refresh('recordings'));
    world.store.place('recordings', 'a.mp4', bytes);
    await age(1_000);
    expect(await all()).to.deep.equal([]);
    await age(300);
    expect(await all()).to.deep.equal(['a.mp4']);
    world.store.place('recordings', 'b.mp4', bytes);
    await age(11_000);
    expect(await world.during(all())).to.deep.equal(['a.mp4', 'b.mp4']);
  });

  it('survives a folder that cannot be read in the background', async () => {
    await withoutReports();
    world.store.list = async () => {
      await world.clock.sleep(200);
      return [];
    };
    await world.during(index.refresh('recordings'));
    await age(1_000);
    world.store.list = () => Promise.reject(new PortError('STORAGE_FAILED'));
    expect(await all()).to.deep.equal([]);
    await age(0);
    expect(world.log.lines().map(({ message }) => message)).to.include(
      'files could not be listed; the previous listing is used',
    );
  });

  it('does not lose what was written while the folder was read', async () => {
    const { list } = world.store;
    world.store.list = async (kind) => {
      const found = await list.call(world.store, kind);
      await world.clock.sleep(100);
      return found;
    };
    const reading = index.refresh('snapshots');
    await age(50);
    index.addSnapshot(await world.store.write('snapshots', 'front.jpg', bytes), 'camera0');
    await world.during(reading);
    expect(await all('snapshots')).to.deep.equal(['front.jpg']);
  });

  it('shares one reading between those who ask at the same time', async () => {
    await withoutReports();
    let lists = 0;
    world.store.list = () => {
      lists += 1;
      return Promise.resolve([]);
    };
    await age(1_000);
    await Promise.all([all(), all(), all()]);
    expect(lists).to.equal(1);
  });

  it('keeps what is known of recordings over a restart, and forgets what is removed', async () => {
    const first = 'camera0_2026-01-01_00-00-00-000000.mp4';
    world.store.place('recordings', first, bytes);
    await index.addRecording(session(first));
    const again = new FileIndex({
      files: world.store,
      segments: world.segments,
      state: world.state,
      clock: world.clock,
      log: world.log,
    });
    await again.load();
    expect(await again.get('recordings', first)).to.deep.include({
      format: 'mp4',
      camera: 'camera0',
      note: {
        ...{ camera: 'camera0', sessionId: 's1', format: 'mp4' },
        ...{ durationSeconds: 7, startedAt: 0, isOpen: false },
      },
    });
    await again.remove('recordings', first);
    expect([...(await again.all('recordings'))]).to.deep.equal([]);
    expect(world.segments.events().map(({ type }) => type)).to.deep.equal(['closed', 'deleted']);
  });

  it('notes the gaps of a file', async () => {
    const files = ['a', 'b'].map((name, at) => ({
      filename: `${name}.mp4`,
      startedAt: at * 9_000,
      sizeBytes: 1,
    }));
    for (const { filename } of files) world.store.place('recordings', filename, bytes);
    const gaps = [
      { from: 5_000, to: 9_000, cause: 'media_server' as const },
      { from: 12_000, to: 14_000, cause: 'source' as const },
    ];
    await index.addRecording(session('', { files, gaps }));
    expect((await index.get('recordings', 'b.mp4')).note.gaps).to.deep.equal(gaps);
    expect((await index.get('recordings', 'a.mp4')).note).to.not.have.property('gaps');
  });

  it('goes on without its history, and stores it as soon as that can be done', async () => {
    world.segments.fail(true);
    world.store.place('recordings', 'a.mp4', bytes);
    await index.addRecording(session('a.mp4'));
    await index.addRecording(session('b.mp4'));
    expect((await index.get('recordings', 'a.mp4')).camera).to.equal('camera0');
    expect(world.log.lines().map(({ message }) => message)).to.deep.equal([
      'what is known of files could not be stored',
    ]);
    world.segments.fail(false);
    await index.sweep();
    expect(world.segments.events().map(({ type, filename }) => `${type} ${filename}`)).to.deep.equal([
      'kept a.mp4',
      'kept b.mp4',
    ]);
  });

  it('goes on when the history cannot be read', async () => {
    world.segments.start = () => Promise.reject(new PortError('STORAGE_FAILED'));
    world.store.place('recordings', 'a.mp4', bytes);
    await index.load();
    expect(await all()).to.deep.equal(['a.mp4']);
    expect(world.log.lines()).to.have.length(1);
  });

  it('takes over what an earlier version has kept, and removes its document only then', async () => {
    const files = { 'recordings/a.mp4': { camera: 'camera7', durationSeconds: 3 }, 'else/b.mp4': {} };
    await world.state.write('files.notes', { files });
    world.store.place('recordings', 'a.mp4', bytes);
    world.segments.fail(true);
    await index.load();
    expect((await index.get('recordings', 'a.mp4')).note).to.deep.equal(files['recordings/a.mp4']);
    expect(await world.state.read('files.notes')).to.deep.equal({ files });
    world.segments.fail(false);
    await index.load();
    expect(await world.state.keys()).to.deep.equal([]);
    await index.load();
    expect((await index.get('recordings', 'a.mp4')).note).to.deep.equal(files['recordings/a.mp4']);
    expect(world.segments.events()).to.have.length(1);
  });

  it('goes on when the document of an earlier version is damaged', async () => {
    world.state.damage('files.notes', '{');
    await index.load();
    expect(await all()).to.deep.equal([]);
    expect(world.log.lines()).to.have.length(1);
  });

  it('keeps what is known of missing files for a month, because a disk may be away', async () => {
    const noted = (): number => new Set(world.segments.events().map(({ filename }) => filename)).size;
    const fill = async (): Promise<void> => {
      const facts = { seenBytes: 1 };
      for (let n = 0; n < 11_000; n += 1) await index.note('grew', 'here.mp4', facts);
      await index.sweep();
    };
    await index.addRecording(session('gone.mp4'));
    world.store.place('recordings', 'here.mp4', bytes);
    await fill();
    expect(noted()).to.equal(2);
    expect(world.segments.events()).to.have.length(2);
    await age(31 * 86_400_000);
    await fill();
    expect(noted()).to.equal(1);
  });

  it('finds what nobody has reported when it compares the names', async () => {
    await age(61_000);
    const { watch } = world.store;
    delete (world.store as Partial<MemoryFileStore>).watch;
    world.store.watch = () => () => undefined;
    await index.load();
    world.store.place('recordings', 'late.mp4', bytes);
    expect(await all()).to.deep.equal([]);
    await age(61_000);
    await index.sweep();
    expect(await all()).to.deep.equal(['late.mp4']);
    world.store.watch = watch!;
  });

  it('follows a folder that another one has taken the place of', async () => {
    world.store.place('recordings', 'a.mp4', bytes);
    expect(await all()).to.deep.equal(['a.mp4']);
    const list = world.store.list.bind(world.store);
    world.store.list = async (kind) => (kind === 'recordings' ? [] : await list(kind));
    world.store.identity = (kind) => Promise.resolve(`other:${kind}`);
    await age(300);
    expect(await all()).to.deep.equal([]);
  });

  it('says when a file is not there', async () => {
    const failure = await index.get('recordings', 'none.mp4').catch((cause: PortError) => cause.code);
    expect(failure).to.equal('FILE_NOT_FOUND');
  });
});
