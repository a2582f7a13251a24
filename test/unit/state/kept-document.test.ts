import { expect } from 'chai';
import fc from 'fast-check';
import { createMemoryLogger } from '../../../adapters/logger/memory/memory-logger.js';
import {
  createMemoryStateStore,
  type MemoryStateStore,
} from '../../../adapters/state-store/memory/memory-state-store.js';
import { KeptDocument } from '../../../core/state/kept-document.js';
import { PortError } from '../../../ports/index.js';
import { digest } from '../core-world.js';

const KEYS = ['wanted', 'wanted.copy'] as const;

describe('a document that must not be lost', () => {
  let state: MemoryStateStore;
  let log: ReturnType<typeof createMemoryLogger>;
  const open = (version = 1): KeptDocument =>
    new KeptDocument({ key: 'wanted', version }, { state, log, digest });
  const load = (): Promise<unknown> => open().load();
  const text = async (key: string): Promise<string> => JSON.stringify(await state.read(key));
  const errors = (): readonly string[] =>
    log
      .lines()
      .filter(({ level }) => level === 'error')
      .map(({ message }) => message);
  beforeEach(() => {
    state = createMemoryStateStore();
    log = createMemoryLogger();
  });

  it('is what was written last, whatever that was', async () => {
    expect(await load()).to.equal(undefined);
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string(), fc.jsonValue()), async (content) => {
        const { kept: _, ...others } = content;
        const document = open();
        await document.load();
        await document.save(others);
        expect(await load()).to.deep.equal(JSON.parse(JSON.stringify(others)));
      }),
      { numRuns: 200 },
    );
    expect(errors()).to.deep.equal([]);
  });

  for (const key of KEYS)
    it(`is the same when any byte of one of the two is another, and both are sound again: ${key}`, async () => {
      const content = { sessions: [{ camera: 'camera0', startedAt: 1.5 }] };
      await open().save(content);
      const sound = await text(key);
      for (let at = 0; at < sound.length; at += 1) {
        log.clear();
        state.damage(key, `${sound.slice(0, at)}#${sound.slice(at + 1)}`);
        expect(await load(), sound.slice(0, at)).to.deep.equal(content);
        expect(errors()).to.have.length(1);
        expect(errors()[0]).to.match(/damaged; its copy is used/);
        const [one, other] = await Promise.all(KEYS.map(text));
        expect(one).to.equal(other);
      }
    });

  it('is nothing when both are damaged, and says so', async () => {
    await open().save({ a: 1 });
    for (const key of KEYS) state.damage(key, '{"a":2}#');
    expect(await load()).to.equal(undefined);
    expect(errors()).to.deep.equal(Array(2).fill('a stored document is damaged, and there is no copy of it'));
  });

  it('is the newer one when a crash came between the two writes, and the older one when the first was torn', async () => {
    await open().save({ n: 1 });
    const older = await text('wanted');
    const document = open();
    await document.load();
    await document.save({ n: 2 });
    state.damage('wanted.copy', older);
    expect(await load()).to.deep.equal({ n: 2 });
    state.damage('wanted.copy', older);
    state.damage('wanted', (await text('wanted')).slice(0, 20));
    expect(await load()).to.deep.equal({ n: 1 });
  });

  it('does not take a changed content for the one that was written', async () => {
    await open().save({ n: 1 });
    for (const key of KEYS) state.damage(key, (await text(key)).replace('"n":1', '"n":7'));
    expect(await load()).to.equal(undefined);
    expect(JSON.stringify(log.lines())).to.include('"document":"wanted"');
  });

  it('reads what an earlier version has written, and makes its copy', async () => {
    await state.write('wanted', { sessions: [] });
    expect(await load()).to.deep.equal({ sessions: [] });
    expect(await text('wanted.copy')).to.equal(await text('wanted'));
    expect(await text('wanted')).to.include('"revision":1');
  });

  it('does not read what a newer version has written', async () => {
    await open(2).save({ n: 1 });
    expect(await load()).to.equal(undefined);
  });

  it('is stored although its copy could not be written, which is logged', async () => {
    const document = open();
    await document.save({ n: 1 });
    const { write } = state;
    state.write = (key, value) =>
      key === 'wanted.copy' ? Promise.reject(new PortError('STORAGE_FULL')) : write(key, value);
    await document.save({ n: 2 });
    expect(log.lines().map(({ message }) => message)).to.deep.equal(['a stored document has no copy']);
    expect(await load()).to.deep.equal({ n: 2 });
  });

  it('tells one that was lost from one that has never been', async () => {
    const document = open();
    await document.load();
    expect(document.isLost).to.equal(false);
    await document.save({ n: 1 });
    state.damage('wanted', 'x');
    await document.load();
    expect(document.isLost, 'its copy is there').to.equal(false);
    for (const key of KEYS) state.damage(key, 'x');
    await document.load();
    expect(document.isLost).to.equal(true);
  });

  it('keeps both as they were when the disk is full, and takes the next change', async () => {
    const document = open();
    await document.save({ n: 1 });
    const { write } = state;
    state.write = () => Promise.reject(new PortError('STORAGE_FULL'));
    const refusal = await document.save({ n: 2 }).catch((cause: unknown) => cause);
    expect(refusal).to.be.instanceOf(PortError);
    expect(await load()).to.deep.equal({ n: 1 });
    state.write = write;
    await Promise.all([document.save({ n: 3 }), document.save({ n: 4 })]);
    expect(await load()).to.deep.equal({ n: 4 });
  });
});
