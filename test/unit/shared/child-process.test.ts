import { expect } from 'chai';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { cleanEnv, reapOrphans, spawnOwned } from '../../../adapters/_shared/child-process.js';
import { isPortError } from '../../../ports/port-error.js';
import type { Logger } from '../../../ports/logger.js';

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  isEnabled: () => false,
  child: () => silent,
  flush: () => Promise.resolve(),
};
const node = process.execPath;

describe('child processes', () => {
  let runDir: string;
  beforeEach(() => {
    runDir = mkdtempSync(join(tmpdir(), 'child-'));
  });
  afterEach(() => rmSync(runDir, { recursive: true, force: true }));

  it('says which tool is missing', async () => {
    const error: unknown = await spawnOwned({ label: 'x', command: '/nowhere/tool', args: ['secret'] }).catch(
      (e: unknown) => e,
    );
    expect(isPortError(error, 'TOOL_MISSING')).to.equal(true);
    expect(JSON.stringify(error)).to.include('"tool":"tool"').and.not.include('secret');
  });

  it('fails with a code when the working folder is missing', async () => {
    const error: unknown = await spawnOwned({ label: 'x', command: node, args: [], cwd: '/nowhere' }).catch(
      (e: unknown) => e,
    );
    expect(isPortError(error, 'TOOL_FAILED')).to.equal(true);
  });

  it('gives a clean environment and keeps the last lines of stderr', async () => {
    process.env['MTX_LEAK'] = 'leaked';
    const lines: string[] = [];
    const script =
      'for (let i = 0; i < 9; i++) console.error(i); console.error(Object.keys(process.env).sort().join())';
    const child = await spawnOwned({
      label: 'x',
      command: node,
      args: ['-e', script],
      tailLines: 3,
      env: { EXTRA: '1' },
      onLine: (line) => lines.push(line),
    });
    child.process.stdout?.resume();
    expect(await child.exited).to.deep.equal({ code: 0, signal: null });
    delete process.env['MTX_LEAK'];
    expect(child.tail()).to.deep.equal(['7', '8', 'EXTRA,HOME,LANG,PATH,TZ']);
    expect(lines).to.have.length(10);
    expect(cleanEnv()['TZ']).to.equal('UTC');
  });

  it('cuts endless lines', async () => {
    const child = await spawnOwned({
      label: 'x',
      command: node,
      args: ['-e', "process.stderr.write('x'.repeat(1e6))"],
    });
    await child.exited;
    expect(child.tail().join('').length).to.be.lessThan(5_000);
  });

  it('kills a deaf process and what it started, and forgets the record', async () => {
    const script = `process.on('SIGTERM', () => {});
      const c = require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
      console.error(c.pid); setInterval(() => {}, 1000)`;
    let announce: (pid: number) => void = () => undefined;
    const announced = new Promise<number>((resolve) => (announce = resolve));
    const child = await spawnOwned({
      label: 'deaf',
      command: node,
      args: ['-e', script],
      runDir,
      onLine: (line) => announce(Number(line)),
    });
    const pid = await announced;
    expect(readdirSync(join(runDir, 'children'))).to.deep.equal([`${child.pid}.json`]);
    await child.stop(100);
    expect((await child.exited).signal).to.equal('SIGKILL');
    expect(readdirSync(join(runDir, 'children'))).to.deep.equal([]);
    await child.stop(100);
    expect(await isGone(pid)).to.equal(true);
  });

  it('leaves alone what a living service owns, and removes records of what is gone', async () => {
    const child = await spawnOwned({
      label: 'mine',
      command: node,
      args: ['-e', 'setInterval(() => {}, 1000)'],
      runDir,
    });
    const folder = join(runDir, 'children');
    const dead = { pid: 999999, startTicks: '1' };
    writeFileSync(
      join(folder, '999999.json'),
      JSON.stringify({ ...dead, label: 'gone', bootId: 'x', owner: dead }),
    );
    writeFileSync(join(folder, '7.json'), '{torn');
    expect(await reapOrphans(runDir, silent)).to.equal(0);
    expect(readdirSync(folder)).to.deep.equal([`${child.pid}.json`]);
    expect(() => process.kill(child.pid, 0)).not.to.throw();
    await child.stop(1000);
  });

  it('reaps nothing where nothing was ever recorded', async () => {
    expect(await reapOrphans(join(runDir, 'none'), silent)).to.equal(0);
  });
});

/** A killed grandchild may stay a zombie until init collects it. */
async function isGone(pid: number): Promise<boolean> {
  for (let i = 0; i < 100; i++) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => 'gone) Z');
    if (/\) [ZX]/.test(stat)) return true;
    await delay(20);
  }
  return false;
}
