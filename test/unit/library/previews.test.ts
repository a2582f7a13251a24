import { expect } from 'chai';
import { Previews } from '../../../core/library/previews.js';
import type { FileNote, IndexedFile } from '../../../core/files/file-note.js';
import { PortError } from '../../../ports/index.js';
import { CoreWorld } from '../core-world.js';

describe('Previews', () => {
  let world: CoreWorld;
  let previews: Previews;
  let file: IndexedFile;

  const noted = async (note: FileNote): Promise<IndexedFile> => {
    await world.index.note('closed', 'a.mp4', { camera: 'camera0', ...note });
    return await world.index.get('recordings', 'a.mp4');
  };

  beforeEach(async () => {
    world = await new CoreWorld().start();
    const { store: files, tool, clock } = world;
    // Each image of the world has 100 bytes.
    previews = new Previews({ cacheBytes: 250 }, { files, tool, clock });
    world.store.place('recordings', 'a.mp4', new Uint8Array(10));
    file = await noted({ durationSeconds: 10 });
  });
  afterEach(async () => {
    await world.stop();
    expect(world.clock.pending, 'timers left').to.equal(0);
  });

  const shown = (): readonly string[] => world.tool.shown.splice(0);
  const refused = (atSeconds: number, width?: number) =>
    world.failure(previews.of(file, { atSeconds, width }));

  it('are made once, however many ask', async () => {
    const asked = [1, 1.04, 1].map((atSeconds) => previews.of(file, { atSeconds }));
    for (const jpeg of await Promise.all(asked)) expect(jpeg).to.have.length(100);
    await previews.of(file, { atSeconds: 1 });
    expect(shown()).to.deep.equal(['a.mp4 1 320']);
  });

  it('are kept within a bound, the latest longest', async () => {
    for (const atSeconds of [1, 2, 1, 3]) await previews.of(file, { atSeconds });
    expect(shown()).to.have.length(3);
    for (const atSeconds of [1, 3, 2]) await previews.of(file, { atSeconds });
    expect(shown()).to.deep.equal(['a.mp4 2 320']);
  });

  it('are made two at a time', async () => {
    let [running, most] = [0, 0];
    world.tool.remuxing = async () => {
      most = Math.max(most, (running += 1));
      await Promise.resolve();
      running -= 1;
    };
    await Promise.all([1, 2, 3, 4, 5].map((atSeconds) => previews.of(file, { atSeconds })));
    expect(most).to.equal(2);
    expect(shown()).to.have.length(5);
  });

  it('show the last frame behind the end, unless the file still grows', async () => {
    await previews.of(file, { atSeconds: 99, width: 64 });
    await previews.of(await noted({ durationSeconds: 10, isOpen: true }), { atSeconds: 99, width: 64 });
    expect(shown()).to.deep.equal(['a.mp4 9.8 64', 'a.mp4 99 64']);
  });

  it('refuse what makes no sense, naming it', async () => {
    for (const [atSeconds, width, param] of [
      [Number.NaN, 64, 't'],
      [-1, 64, 't'],
      [1, 15, 'width'],
      [1, 1.5, 'width'],
      [1, 4_000, 'width'],
    ] as const)
      expect((await refused(atSeconds, width)).data).to.include({ param });
    expect(shown()).to.deep.equal([]);
  });

  it('are not waited for without end, and what failed is tried again', async () => {
    world.tool.remuxing = (signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      });
    expect((await refused(1)).code).to.equal('DEPENDENCY_FAILED');
    world.tool.remuxing = undefined;
    world.tool.remuxError = new PortError('TOOL_FAILED');
    expect((await refused(1)).code).to.equal('DEPENDENCY_FAILED');
    world.tool.remuxError = undefined;
    expect(await previews.of(file, { atSeconds: 1 })).to.have.length(100);
  });

  it('are made of files that have a path only, and are not kept when they are larger than all the space', async () => {
    const { store: files, tool, clock } = world;
    const small = new Previews({ cacheBytes: 50 }, { files, tool, clock });
    for (let time = 0; time < 2; time += 1) await small.of(file, { atSeconds: 1 });
    expect(shown()).to.have.length(2);
    const pathless = Object.create(files, {
      supports: { value: { ...files.supports, paths: false } },
    }) as typeof files;
    const none = new Previews({ cacheBytes: 50 }, { files: pathless, tool, clock });
    expect((await world.failure(none.of(file, { atSeconds: 1 }))).code).to.equal('DEPENDENCY_FAILED');
    const odd = new TypeError('odd');
    world.tool.frameAt = () => Promise.reject(odd);
    expect(await small.of(file, { atSeconds: 1 }).catch((cause: unknown) => cause)).to.equal(odd);
  });
});
