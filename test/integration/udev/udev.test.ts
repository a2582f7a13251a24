import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';

const run = promisify(execFile);
const program = (name: string): string => fileURLToPath(new URL(`./${name}-program.ts`, import.meta.url));
const MEGABYTE = 1 << 20;

const ISOLATION = process.getuid?.() === 0 ? ['--net'] : ['--user', '--map-root-user', '--net'];
const PROMISED_MS = 200;

/** Runs the program in a network namespace of its own, where no other uevents are heard and ours are heard by nobody else. */
async function inNamespace(name: string, ...words: readonly string[]): Promise<Record<string, unknown>> {
  const argv = [...ISOLATION, process.execPath, '--import', 'tsx', program(name), ...words];
  const { stdout } = await run('unshare', argv, { timeout: 240_000 });
  return JSON.parse(stdout) as Record<string, unknown>;
}

/** The promise holds for a machine that has time; what this one lost in the same minute is not the service's. */
function expectPromise(times: readonly number[], machine: readonly number[]): void {
  expect(at(times, 0.95)).to.be.lessThan(PROMISED_MS + at(machine, 0.95));
}

const at = (times: readonly number[], share: number): number =>
  [...times].sort((a, b) => a - b)[Math.floor(times.length * share)] ?? Number.NaN;

function tell(what: string, times: readonly number[]): void {
  const [p50, p95] = [at(times, 0.5), at(times, 0.95)].map((t) => t.toFixed(1));
  console.log(`      · ${what}: p50 ${String(p50)} ms, p95 ${String(p95)} ms, n ${String(times.length)}`);
}

describe('uevents, on the kernel of this machine', function () {
  this.timeout(300_000);

  before('a network namespace of its own', async () => {
    await run('unshare', [...ISOLATION, 'true']).catch((cause: unknown) => {
      throw new Error('these tests need root, or user namespaces that are open to everybody', { cause });
    });
  });

  it('survives ten thousand of them and malformed ones, and loses no camera', async () => {
    const result = await inNamespace('namespace', 'storm');
    expect(result).to.include({ added: 10, left: 0 });
    expect(result['overruns'], 'an overrun was provoked').to.be.greaterThan(0);
    expect(result['grownBytes']).to.be.lessThan(64 * MEGABYTE);
    const { events, machine } = result['latencies'] as Readonly<Record<string, readonly number[]>>;
    tell('uevent to device event', events ?? []);
    tell('lateness of a timer meanwhile', machine ?? []);
    expectPromise(events ?? [], machine ?? []);
  });

  it('is heard by inotify where no uevent comes', async () => {
    const result = await inNamespace('namespace', 'silent');
    const nodes = (list: unknown): readonly string[] =>
      (list as readonly string[]).map((key) => key.slice(key.lastIndexOf('/') + 1));
    expect(nodes(result['fsnotify'])).to.deep.equal(['video2']);
    expect(nodes(result['udev'])).to.deep.equal(['video0']);
  });

  it('are not needed: a client hears of a camera by inotify, and the service says which source speaks', async () => {
    const { heard, sources } = await inNamespace('fallback');
    expect(heard).to.deep.equal(['camera2']);
    expect(sources).to.include({ state: 'ok' });
    expect(sources).to.have.property('reason').that.contains('fsnotify-poll reports events');
  });

  it('never keeps the process', async () => {
    expect(await inNamespace('namespace', 'exit')).to.deep.equal({});
  });

  it('reach a client of the service in less than 200 ms, a hundred times', async () => {
    type Times = Readonly<Record<'plug' | 'unplug' | 'machine', readonly number[]>>;
    const { usual, bare } = (await inNamespace('latency')) as unknown as Record<'usual' | 'bare', Times>;
    tell('uevent to camera.connected, with 50 ms of debounce', usual.plug);
    tell('uevent to camera.connected, without', bare.plug);
    tell('uevent to camera.disconnected', [...usual.unplug, ...bare.unplug]);
    tell('five calls and a timer, meanwhile', [...usual.machine, ...bare.machine]);
    for (const { plug, unplug, machine } of [usual, bare]) {
      expectPromise(plug, machine);
      expectPromise(unplug, machine);
    }
  });
});
