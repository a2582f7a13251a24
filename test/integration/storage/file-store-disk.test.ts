import { constants, promises as fs } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { expect } from 'chai';
import sinon from 'sinon';

import { createDiskFileStore } from '../../../adapters/file-store/disk/disk-file-store.js';
import type { FileStore } from '../../../ports/file-store.js';

const codeOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'no error',
    (error: unknown) => (error as { code?: unknown }).code,
  );

describe('file-store/disk on a real disk', () => {
  let folder = '';
  let store: FileStore;
  beforeEach(async () => {
    folder = await fs.mkdtemp(path.join(os.tmpdir(), 'files-'));
    store = createDiskFileStore({ recordings: path.join(folder, 'r'), snapshots: path.join(folder, 's') });
    await store.start(new AbortController().signal);
  });
  afterEach(async () => {
    sinon.restore();
    await fs.rm(folder, { recursive: true, force: true });
  });
  const first = async (filename: string): Promise<unknown> =>
    store.read('snapshots', filename)[Symbol.asyncIterator]().next();

  it('follows no link and opens no folder', async () => {
    const outside = path.join(folder, 'outside');
    await fs.writeFile(outside, 'private');
    await fs.symlink(outside, path.join(folder, 's', 'link.jpg'));
    await fs.mkdir(path.join(folder, 's', 'dir.jpg'));
    for (const name of ['link.jpg', 'dir.jpg']) {
      const calls = [first(name), store.stat('snapshots', name), store.remove('snapshots', name)];
      expect(await Promise.all(calls.map(codeOf))).to.deep.equal(Array(3).fill('FILE_NOT_FOUND'));
      expect(await codeOf(store.write('snapshots', name, new Uint8Array(1)))).to.equal('FILE_EXISTS');
    }
    expect(await store.list('snapshots')).to.deep.equal([]);
    expect(await fs.readFile(outside, 'utf8')).to.equal('private');
  });

  it('says STORAGE_FULL and leaves nothing behind when the disk is full', async () => {
    const opened = await fs.open(path.join(folder, 'probe'), constants.O_RDWR | constants.O_CREAT);
    const full = Object.assign(new Error('no space'), { code: 'ENOSPC' });
    sinon.stub(Object.getPrototypeOf(opened) as { writeFile(): Promise<void> }, 'writeFile').rejects(full);
    await opened.close();
    expect(await codeOf(store.write('snapshots', 'a.jpg', new Uint8Array(9)))).to.equal('STORAGE_FULL');
    expect(await fs.readdir(path.join(folder, 's'))).to.deep.equal([]);
  });

  it('keeps the reserve free', async () => {
    const directories = { recordings: path.join(folder, 'r'), snapshots: path.join(folder, 's') };
    const reserved = createDiskFileStore({ ...directories, reserveBytes: Number.MAX_SAFE_INTEGER });
    expect((await reserved.capacity()).availableBytes).to.equal(0);
    expect(await codeOf(reserved.write('snapshots', 'a.jpg', new Uint8Array(9)))).to.equal('STORAGE_FULL');
  });

  it('closes the file when the reader leaves early', async () => {
    await store.write('snapshots', 'a.bin', new Uint8Array(2_000_000));
    const before = (await fs.readdir('/proc/self/fd')).length;
    for (let round = 0; round < 20; round++) for await (const _ of store.read('snapshots', 'a.bin')) break;
    expect((await fs.readdir('/proc/self/fd')).length).to.be.at.most(before + 1);
  });

  it('removes forgotten unfinished writes at open', async () => {
    const stale = path.join(folder, 's', '.writing-0123456789abcdef');
    await fs.writeFile(stale, 'x');
    await fs.utimes(stale, 1000, 1000);
    await store.start(new AbortController().signal);
    expect(await fs.readdir(path.join(folder, 's'))).to.deep.equal([]);
  });

  it('lists ten thousand files', async function () {
    this.timeout(60_000);
    for (let n = 0; n < 10_000; n++) await (await fs.open(path.join(folder, 'r', `f${n}.mp4`), 'w')).close();
    const times: number[] = [];
    for (let round = 0; round < 7; round++) {
      const before = performance.now();
      expect(await store.list('recordings')).to.have.length(10_000);
      times.push(performance.now() - before);
    }
    console.log(`      list of 10 000 files: median ${(times.sort((a, b) => a - b)[3] ?? 0).toFixed(0)} ms`);
  });
});
