import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryLogger } from '../../../adapters/logger/memory/memory-logger.js';
import { FolderLocks, LOCK_FILE } from '../../../config/cli/folder-locks.js';
import type { PortError } from '../../../ports/index.js';

const signal = new AbortController().signal;

describe('locks of folders', () => {
  let folder: string;
  const log = createMemoryLogger();
  const locks = () => new FolderLocks(process.pid, log);
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'locks-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it('keep a second service out, by whatever name it comes', async () => {
    const first = locks();
    await first.claim('paths.recordings', folder, signal);
    // One service may use a folder twice.
    await first.claim('paths.snapshots', folder, signal);
    const other = `${folder}-link`;
    symlinkSync(folder, other);
    try {
      const second = locks();
      const refused = await second
        .claim('paths.recordings', other, signal)
        .catch((cause: PortError) => cause);
      expect(refused).to.include({ code: 'ADDRESS_IN_USE' });
      expect((refused as PortError).message)
        .to.contain(`process ${String(process.pid)}`)
        .and.contain(other);
      expect((refused as PortError).detail).to.include({ key: 'paths.recordings' });
      await first.release();
      await first.release();
      await second.claim('paths.recordings', other, signal);
      await second.release();
    } finally {
      rmSync(other);
    }
  });

  it('end with their process, also when nobody has collected it', async () => {
    const held = join(folder, LOCK_FILE);
    writeFileSync(held, '');
    // The shell does not wait for its child, which stays a zombie when it is killed.
    const parent = spawn('sh', ['-c', `flock -x "${held}" -c 'echo $$; exec sleep 60' & exec sleep 60`], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    try {
      const [text] = (await once(parent.stdout, 'data')) as [Buffer];
      const refused = await locks()
        .claim('paths.state', folder, signal)
        .catch((cause: PortError) => cause);
      expect(refused).to.include({ code: 'ADDRESS_IN_USE' });
      process.kill(Number(text.toString()), 'SIGKILL');
      const after = locks();
      for (;;) {
        const still = await after.claim('paths.state', folder, signal).catch((cause: PortError) => cause);
        if (still === undefined) break;
        expect(still).to.include({ code: 'ADDRESS_IN_USE' });
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      expect(JSON.parse(readFileSync(held, 'utf8'))).to.include({ pid: process.pid });
      await after.release();
    } finally {
      parent.kill('SIGKILL');
    }
  });

  it('say what to do about a folder that is not there', async () => {
    const refused = await locks()
      .claim('paths.state', join(folder, 'none'), signal)
      .catch((cause: PortError) => cause);
    expect(refused).to.include({ code: 'STORAGE_FAILED' });
    expect((refused as PortError).detail['remedy']).to.contain('paths.state');
  });
});
