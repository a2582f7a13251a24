import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';

const run = promisify(execFile);
const PROGRAM = fileURLToPath(new URL('./namespace-program.ts', import.meta.url));
const MEGABYTE = 1 << 20;

/** Runs the program in a network namespace of its own, where no other uevents are heard and ours are heard by nobody else. */
async function inNamespace(what: string): Promise<Record<string, unknown>> {
  const isolation = process.getuid?.() === 0 ? ['--net'] : ['--user', '--map-root-user', '--net'];
  const argv = [...isolation, process.execPath, '--import', 'tsx', PROGRAM, what];
  const { stdout } = await run('unshare', argv, { timeout: 60_000 });
  return JSON.parse(stdout) as Record<string, unknown>;
}

describe('uevents, on the kernel of this machine', function () {
  this.timeout(60_000);

  it('survives ten thousand of them and malformed ones, and loses no camera', async () => {
    const result = await inNamespace('storm');
    expect(result).to.include({ added: 10, left: 0 });
    expect(result['overruns'], 'an overrun was provoked').to.be.greaterThan(0);
    expect(result['grownBytes']).to.be.lessThan(64 * MEGABYTE);
    const times = result['latencies'] as readonly number[];
    const at = (share: number): number => times[Math.floor(times.length * share)] ?? Number.NaN;
    const figures = [at(0.5), at(0.95)].map((t) => t.toFixed(1)).join(' / ');
    console.log(`      uevent to device event, p50 / p95: ${figures} ms`);
    expect(at(0.95)).to.be.lessThan(200);
  });

  it('is heard by inotify where no uevent comes', async () => {
    const result = await inNamespace('silent');
    const nodes = (list: unknown): readonly string[] =>
      (list as readonly string[]).map((key) => key.slice(key.lastIndexOf('/') + 1));
    expect(nodes(result['fsnotify'])).to.deep.equal(['video2']);
    expect(nodes(result['udev'])).to.deep.equal(['video0']);
  });

  it('never keeps the process', async () => {
    expect(await inNamespace('exit')).to.deep.equal({});
  });
});
