import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

import { expect } from 'chai';

import { flockProgram, loadFlock, takeFileLock, type Flock } from '../../../adapters/_shared/file-lock.js';

describe('a lock that the kernel holds', () => {
  let folder = '';
  const children: ChildProcess[] = [];
  const holder = async (file: string, by: string): Promise<[ChildProcess, unknown]> => {
    const child = fork(new URL('./lock-holder.ts', import.meta.url), [file, by], {
      execArgv: ['--import', 'tsx'],
    });
    children.push(child);
    const [said] = (await once(child, 'message')) as unknown[];
    return [child, said];
  };
  beforeEach(async () => {
    folder = await fs.mkdtemp(path.join(os.tmpdir(), 'lock-'));
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await fs.rm(folder, { recursive: true, force: true });
  });

  const ways: [string, () => Promise<Flock>][] = [
    ['call', loadFlock],
    ['program', () => Promise.resolve(flockProgram)],
  ];
  for (const [by, way] of ways)
    describe(`by ${by}`, () => {
      it('excludes another process until that gives it back', async function () {
        this.timeout(30_000);
        const file = path.join(folder, 'lock');
        const [child, said] = await holder(file, by);
        expect(said).to.equal('held');
        expect(await takeFileLock(file, { waitMs: 0, flock: await way() })).to.equal(undefined);
        child.send('release');
        await once(child, 'message');
        const lock = await takeFileLock(file, { waitMs: 0, flock: await way() });
        expect(lock).not.to.equal(undefined);
        await lock?.release();
      });

      it('is free as soon as its holder has been killed', async function () {
        this.timeout(30_000);
        const file = path.join(folder, 'lock');
        const [child] = await holder(file, by);
        const gone = once(child, 'exit');
        child.kill('SIGKILL');
        await gone;
        const lock = await takeFileLock(file, { waitMs: 5000, flock: await way() });
        expect(lock).not.to.equal(undefined);
        await lock?.release();
      });
    });

  it('excludes a second holder in the same process, and waits for it', async () => {
    const file = path.join(folder, 'lock');
    const first = await takeFileLock(file, { waitMs: 0 });
    expect(await takeFileLock(file, { waitMs: 20 })).to.equal(undefined);
    const waiting = takeFileLock(file, { waitMs: 20_000 });
    await first?.release();
    await first?.release();
    const second = await waiting;
    expect(second).not.to.equal(undefined);
    await second?.release();
  });

  it('locks a folder itself', async () => {
    const first = await takeFileLock(folder, { waitMs: 0 });
    expect(await takeFileLock(folder, { waitMs: 0 })).to.equal(undefined);
    await first?.release();
    expect(await fs.readdir(folder)).to.deep.equal([]);
  });

  it("follows a file that was replaced: the old one is nobody's lock any more", async () => {
    const file = path.join(folder, 'lock');
    const old = await takeFileLock(file, { waitMs: 0 });
    await fs.rm(file);
    const [one, two] = [await takeFileLock(file, { waitMs: 0 }), await takeFileLock(file, { waitMs: 0 })];
    expect(one).not.to.equal(undefined);
    expect(two).to.equal(undefined);
    await Promise.all([old?.release(), one?.release()]);
  });

  it('stops waiting when it is told to', async () => {
    const file = path.join(folder, 'lock');
    const held = await takeFileLock(file, { waitMs: 0 });
    const stop = new AbortController();
    const waiting = takeFileLock(file, { waitMs: 60_000 }, stop.signal).catch((error: unknown) => error);
    stop.abort();
    expect(await waiting).to.have.property('name', 'AbortError');
    await held?.release();
  });

  it('says what is missing where nothing can lock, and what a file system without locks needs', async () => {
    const file = path.join(folder, 'lock');
    const search = process.env['PATH'];
    process.env['PATH'] = folder;
    const missing: unknown = await takeFileLock(file, { waitMs: 0, flock: flockProgram })
      .catch((error: unknown) => error)
      .finally(() => (process.env['PATH'] = search));
    expect(missing).to.include({ code: 'TOOL_MISSING' });
    expect(missing).to.have.nested.property('detail.remedy').that.includes('koffi');
    const flock: Flock = () => Promise.reject(Object.assign(new Error('flock'), { code: 'ENOLCK' }));
    const unable: unknown = await takeFileLock(file, { waitMs: 0, flock }).catch((error: unknown) => error);
    expect(unable).to.include({ code: 'STORAGE_FAILED' });
    expect(unable).to.have.nested.property('detail.hasLocks', false);
  });
});
