import { createSystemClock } from '../../adapters/clock/system/system-clock.js';
import { createFsnotifyPollSource } from '../../adapters/device-event-source/fsnotify-poll/fsnotify-poll-source.js';
import { createMemoryLogger } from '../../adapters/logger/memory/memory-logger.js';
import { FakeTree } from '../unit/v4l2/fake-tree.js';
import { deviceEventSourceContract } from './device-event-source.contract.js';

const clock = createSystemClock();
const log = createMemoryLogger();

describe('on a folder that looks like /dev', () => {
  let tree: FakeTree;
  before(async () => {
    tree = await FakeTree.create();
  });
  after(() => tree.remove());

  const camera = (n: number) => ({ nodes: [`video${String(n)}`], port: n, serial: `S${String(n)}` });

  // Minutes between two looks: it is inotify that is heard.
  deviceEventSourceContract('fsnotify-poll', {
    create: () =>
      createFsnotifyPollSource({ directory: tree.dev, sysfs: tree.sys, intervalMs: 600_000 }, { clock, log }),
    plug: (n) => tree.plug(camera(n)),
    unplug: (n) => tree.unplug(camera(n)),
    change: (n) => tree.rename(camera(n), 'Another Name'),
    reset: () => tree.empty(),
    withinMs: 2000,
  });
});
