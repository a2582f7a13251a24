/** Runs inside a network namespace of its own; says as JSON what the sources noticed there. `storm`, `silent` or `exit`. */
import { createFsnotifyPollSource } from '../../../adapters/device-event-source/fsnotify-poll/fsnotify-poll-source.js';
import { createUdevSource } from '../../../adapters/device-event-source/udev/udev-source.js';
import { createSystemClock } from '../../../adapters/clock/system/system-clock.js';
import { createMemoryLogger } from '../../../adapters/logger/memory/memory-logger.js';
import type { DeviceEventSource } from '../../../ports/device-event-source.js';
import { FakeTree } from '../../unit/v4l2/fake-tree.js';
import { openInjector } from './injector.js';
import type { Injector } from './injector.js';

const STORM = 10_000;
const CAMERAS = 10;
const WITHIN_MS = 30_000;
const TIMER_MS = 20;
const clock = createSystemClock();
const log = createMemoryLogger();

/** Counts what a source says until `stop`. */
class Watched {
  readonly present = new Set<string>();
  readonly lines: string[] = [];
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;

  constructor(source: DeviceEventSource) {
    this.#ended = this.#watch(source);
  }

  async #watch(source: DeviceEventSource): Promise<void> {
    for await (const event of source.watch(this.#stop.signal)) {
      const key = event.type === 'removed' ? event.key : event.source.key;
      this.lines.push(`${event.type} ${key.slice(key.lastIndexOf('/') + 1)}`);
      if (event.type === 'removed') this.present.delete(key);
      else this.present.add(key);
    }
  }

  async until(count: number): Promise<number> {
    const started = performance.now();
    while (this.present.size !== count && performance.now() - started < WITHIN_MS) await clock.sleep(2);
    return performance.now() - started;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
  }
}

const camera = (n: number) => ({
  nodes: [`video${String(2 * n)}`, `video${String(2 * n + 1)}`],
  port: n + 1,
});

function noise(injector: Injector, count: number): void {
  for (let n = 0; n < count; n++) {
    const subsystem = n % 3 === 0 ? 'video4linux' : 'block';
    injector.send('change', `/devices/fake/${String(n)}`, {
      SUBSYSTEM: subsystem,
      DEVNAME: `none${String(n)}`,
    });
  }
}

function malformed(injector: Injector): void {
  const libudev = Buffer.alloc(40, 0);
  libudev.write('libudev\0', 'latin1');
  libudev.writeUInt32BE(0xfeedcafe, 8);
  const overlong = Buffer.from(libudev);
  overlong.writeUInt32LE(24, 16);
  overlong.writeUInt32LE(0xffff_ffff, 20);
  const bodies = [Buffer.from(''), Buffer.from('\0\0\0'), Buffer.from('add@'), Buffer.alloc(2000, 0xff)];
  bodies.push(Buffer.from('add@/x\0ACTION\0SUBSYSTEM=\0=\0'), libudev, libudev.subarray(0, 12), overlong);
  for (const body of bodies) injector.sendRaw(body);
}

async function storm(tree: FakeTree): Promise<Record<string, unknown>> {
  // The first look finds a camera; after it only uevents lead to a look.
  await tree.plug(camera(0));
  const source = createUdevSource(
    { directory: tree.dev, sysfs: tree.sys, intervalMs: 600_000 },
    { clock, log },
  );
  const watched = new Watched(source);
  const injector = await openInjector();
  await watched.until(1);
  const before = process.memoryUsage().rss;
  malformed(injector);
  for (let n = 1; n < CAMERAS; n++) {
    await tree.plug(camera(n));
    injector.send('add', '/devices/x', { SUBSYSTEM: 'video4linux', DEVNAME: `video${String(2 * n)}` });
    noise(injector, STORM / CAMERAS);
  }
  const addedMs = await watched.until(CAMERAS);
  const added = watched.present.size;
  for (let n = 0; n < CAMERAS; n++) await tree.unplug(camera(n));
  malformed(injector);
  // In one breath: nobody can read meanwhile, so that the kernel has to drop most of them.
  noise(injector, STORM);
  const removedMs = await watched.until(0);
  const grownBytes = process.memoryUsage().rss - before;
  const latencies = await latency(tree, watched, injector);
  await watched.stop();
  injector.close();
  const overruns = log.lines().filter((line) => line.message.includes('dropped')).length;
  return { added, left: watched.present.size, addedMs, removedMs, grownBytes, latencies, overruns };
}

interface Latencies {
  /** From the injected event to what the source says. */
  readonly events: readonly number[];
  /** How late a short timer is on this machine just now. */
  readonly machine: readonly number[];
}

async function latency(tree: FakeTree, watched: Watched, injector: Injector): Promise<Latencies> {
  const [events, machine]: [number[], number[]] = [[], []];
  for (let n = 0; n < 50; n++) {
    await tree.plug(camera(0));
    injector.send('add', '/devices/x', { SUBSYSTEM: 'video4linux', DEVNAME: 'video0' });
    events.push(await watched.until(1));
    await tree.unplug(camera(0));
    injector.send('remove', '/devices/x', { SUBSYSTEM: 'video4linux', DEVNAME: 'video0' });
    await watched.until(0);
    const began = performance.now();
    await clock.sleep(TIMER_MS);
    machine.push(performance.now() - began - TIMER_MS);
  }
  return { events, machine };
}

/** No uevent comes here; inotify notices what udev does not. */
async function silent(tree: FakeTree): Promise<Record<string, unknown>> {
  const options = { directory: tree.dev, sysfs: tree.sys, intervalMs: 600_000 };
  await tree.plug(camera(0));
  const udev = new Watched(createUdevSource(options, { clock, log }));
  const fsnotify = new Watched(createFsnotifyPollSource(options, { clock, log }));
  await Promise.all([udev.until(1), fsnotify.until(1)]);
  // Links and permissions are looked for once more half a second after an event; then all is quiet.
  await clock.sleep(1200);
  await tree.plug(camera(1));
  const addedMs = await fsnotify.until(2);
  await tree.unplug(camera(0));
  const removedMs = await fsnotify.until(1);
  const result = { addedMs, removedMs, fsnotify: [...fsnotify.present], udev: [...udev.present] };
  await Promise.all([udev.stop(), fsnotify.stop()]);
  return result;
}

const what = process.argv[2];
const tree = await FakeTree.create();
try {
  if (what === 'exit') {
    // Never stopped: neither socket nor timer may keep the process.
    new Watched(createUdevSource({ directory: tree.dev, sysfs: tree.sys }, { clock, log }));
    await clock.sleep(200);
    process.stdout.write('{}\n');
  } else {
    const result = what === 'storm' ? await storm(tree) : await silent(tree);
    process.stdout.write(`${JSON.stringify(result)}\n`);
  }
} finally {
  await tree.remove();
}
