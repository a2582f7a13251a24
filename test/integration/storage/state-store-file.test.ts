import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

import { expect } from 'chai';

import { createManualClock } from '../../../adapters/clock/manual/manual-clock.js';
import { createMemoryLogger } from '../../../adapters/logger/memory/memory-logger.js';
import { createFileStateStore } from '../../../adapters/state-store/file/file-state-store.js';
import type { StateStore } from '../../../ports/state-store.js';

describe('state-store/file on a real disk', () => {
  let directory = '';
  const log = createMemoryLogger();
  const open = (): Promise<StateStore> =>
    createFileStateStore({ directory }, { log, clock: createManualClock(42) });
  beforeEach(async () => {
    directory = path.join(await fs.mkdtemp(path.join(os.tmpdir(), 'state-')), 'private');
  });
  afterEach(() => fs.rm(path.dirname(directory), { recursive: true, force: true }));

  it('keeps either the old or the new document when the writer is killed, twenty times', async function () {
    this.timeout(120_000);
    const writer = new URL('./state-writer.ts', import.meta.url);
    for (let round = 0; round < 20; round++) {
      const child = fork(writer, [directory], { execArgv: ['--import', 'tsx'] });
      const ended = once(child, 'exit');
      await once(child, 'message');
      await new Promise((resolve) => setTimeout(resolve, (round * 7) % 40));
      child.kill('SIGKILL');
      await ended;
      const { n, pad } = (await (await open()).read('doc')) as { n: number; pad: string };
      expect(pad === String(n % 10).repeat(200_000), `round ${round}`).to.equal(true);
    }
  });

  it('is readable by its owner only', async () => {
    await (await open()).write('doc', { a: 1 });
    expect((await fs.stat(directory)).mode & 0o777).to.equal(0o700);
    expect((await fs.stat(path.join(directory, 'doc.json'))).mode & 0o777).to.equal(0o600);
  });

  it('keeps a damaged document aside and quotes nothing of it', async () => {
    const store = await open();
    await fs.writeFile(path.join(directory, 'doc.json'), 'hunter2 {');
    const error: unknown = await store.read('doc').catch((cause: unknown) => cause);
    expect(error).to.have.property('code', 'STATE_CORRUPT');
    expect(
      JSON.stringify([(error as Error).cause, String((error as Error).cause), log.lines()]),
    ).not.to.include('hunter2');
    expect(await fs.readFile(path.join(directory, 'doc.corrupt-42'), 'utf8')).to.equal('hunter2 {');
    expect(await store.read('doc')).to.equal(undefined);
  });

  it('waits for an editor that empties a file and then fills it', async () => {
    const store = await open();
    const file = path.join(directory, 'doc.json');
    const text = JSON.stringify({ keys: ['x'.repeat(1_000)] });
    for (const change of [undefined, (document: unknown) => document]) {
      await store.write('doc', {});
      writeFileSync(file, '');
      // At once when the time comes, so that a busy machine cannot tear the rest away from it.
      setTimeout(() => writeFileSync(file, text.slice(0, 500)), 60);
      setTimeout(() => writeFileSync(file, text), 130);
      const reading = change === undefined ? store.read('doc') : store.update('doc', change);
      expect(await reading).to.deep.equal(JSON.parse(text));
    }
    expect(await fs.readdir(directory)).not.to.include('doc.corrupt-42');
  });

  it('removes forgotten unfinished writes at start and leaves fresh ones alone', async () => {
    await open();
    for (const name of ['.doc.json.aaa.tmp', '.doc.json.bbb.tmp'])
      await fs.writeFile(path.join(directory, name), '{');
    await fs.utimes(path.join(directory, '.doc.json.aaa.tmp'), 1000, 1000);
    expect(await (await open()).keys()).to.deep.equal([]);
    expect(await fs.readdir(directory)).to.deep.equal(['.doc.json.bbb.tmp']);
  });
});
