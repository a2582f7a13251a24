import { createSystemClock } from '../../adapters/clock/system/system-clock.js';
import { createUdevSource } from '../../adapters/device-event-source/udev/udev-source.js';
import { createMemoryLogger } from '../../adapters/logger/memory/memory-logger.js';
import { openInjector } from '../integration/udev/injector.js';
import type { Injector } from '../integration/udev/injector.js';
import { FakeTree } from '../unit/v4l2/fake-tree.js';
import { deviceEventSourceContract } from './device-event-source.contract.js';

const clock = createSystemClock();
const log = createMemoryLogger();
/** Only root may make uevents; for others the slow look stands in, and test/integration/udev has its own namespace. */
const isRoot = process.getuid?.() === 0;

describe('on the uevents of this machine', () => {
  let tree: FakeTree;
  let injector: Injector;
  before(async () => {
    tree = await FakeTree.create();
    injector = await openInjector();
  });
  after(async () => {
    injector.close();
    await tree.remove();
  });

  const camera = (n: number) => ({ nodes: [`video${String(n)}`], port: n, serial: `S${String(n)}` });
  const say = (action: string, n: number): void => {
    if (!isRoot) return;
    const DEVNAME = `video${String(n)}`;
    injector.send(action, `/devices/test/${DEVNAME}`, { SUBSYSTEM: 'video4linux', DEVNAME });
  };

  deviceEventSourceContract('udev', {
    create: () =>
      createUdevSource(
        { directory: tree.dev, sysfs: tree.sys, intervalMs: isRoot ? 600_000 : 100 },
        { clock, log },
      ),
    plug: async (n) => {
      await tree.plug(camera(n));
      say('add', n);
    },
    unplug: async (n) => {
      await tree.unplug(camera(n));
      say('remove', n);
    },
    change: async (n) => {
      await tree.rename(camera(n), 'Another Name');
      say('change', n);
    },
    reset: () => tree.empty(),
    withinMs: 2000,
  });
});
