import { expect } from 'chai';
import { createManualClock } from '../../../adapters/clock/manual/manual-clock.js';
import { UeventListener } from '../../../adapters/device-event-source/udev/uevent-listener.js';
import type { Reading } from '../../../adapters/device-event-source/udev/uevent-socket.js';
import { createUdevSource } from '../../../adapters/device-event-source/udev/udev-source.js';
import { parseUevent } from '../../../adapters/device-event-source/udev/uevent.js';
import { createFsnotifyPollSource } from '../../../adapters/device-event-source/fsnotify-poll/fsnotify-poll-source.js';
import { createMemoryLogger } from '../../../adapters/logger/memory/memory-logger.js';
import { createSystemClock } from '../../../adapters/clock/system/system-clock.js';
import type { DeviceEventSource } from '../../../ports/device-event-source.js';
import { FakeTree } from './fake-tree.js';

const kernel = (subsystem: string): Buffer =>
  Buffer.from(`add@/devices/x\0ACTION=add\0DEVPATH=/devices/x\0SUBSYSTEM=${subsystem}\0SEQNUM=1\0`);

function udevd(properties: string): Buffer {
  const header = Buffer.alloc(40);
  header.write('libudev\0', 'latin1');
  header.writeUInt32BE(0xfeedcafe, 8);
  header.writeUInt32LE(40, 12);
  header.writeUInt32LE(40, 16);
  header.writeUInt32LE(Buffer.byteLength(properties), 20);
  return Buffer.concat([header, Buffer.from(properties)]);
}

describe('uevent messages', () => {
  it('come from the kernel or from a udev daemon', () => {
    expect(parseUevent(kernel('video4linux'))).to.deep.equal({
      action: 'add',
      subsystem: 'video4linux',
      origin: 'kernel',
    });
    expect(parseUevent(udevd('SUBSYSTEM=video4linux\0ACTION=change\0'))).to.deep.equal({
      action: 'change',
      subsystem: 'video4linux',
      origin: 'udev',
    });
  });

  const lengthTooLarge = udevd('ACTION=add\0SUBSYSTEM=usb\0');
  lengthTooLarge.writeUInt32LE(0xffff_ffff, 20);
  const offsetInHeader = udevd('ACTION=add\0SUBSYSTEM=usb\0');
  offsetInHeader.writeUInt32LE(3, 16);
  const malformed: readonly (readonly [string, Buffer])[] = [
    ['nothing', Buffer.alloc(0)],
    ['zeros', Buffer.alloc(64)],
    ['noise', Buffer.alloc(2000, 0xff)],
    ['no end of the first line', Buffer.from('add@/devices/x')],
    ['no properties', Buffer.from('add@/devices/x\0')],
    ['no subsystem', Buffer.from('add@/devices/x\0ACTION=add\0XSUBSYSTEM=video4linux\0')],
    ['a header cut short', udevd('').subarray(0, 12)],
    ['a wrong magic', Buffer.from('libudev\0'.padEnd(64, '\0'))],
    ['properties beyond the end', lengthTooLarge],
    ['properties inside the header', offsetInHeader],
  ];
  for (const [what, message] of malformed) {
    it(`are left out: ${what}`, () => {
      expect(parseUevent(message)).to.equal(undefined);
    });
  }
});

describe('listening to uevents', () => {
  const setUp = (readings: (Reading | Error)[]) => {
    const clock = createManualClock();
    const log = createMemoryLogger();
    const state = { looks: 0, closed: 0, reads: 0, tries: 0, canOpen: true, gate: Promise.resolve() };
    let wake: (() => void) | undefined;
    const read = (): Reading => {
      state.reads += 1;
      const next = readings.shift() ?? 'nothing';
      if (next instanceof Error) throw next;
      return next;
    };
    const whenReadable = (then: () => void): void => {
      wake = then;
    };
    const socket = { read, whenReadable, close: () => void (state.closed += 1) };
    const reopen = async (): Promise<typeof socket> => {
      state.tries += 1;
      await state.gate;
      if (!state.canOpen) throw new Error('ENOMEM');
      return socket;
    };
    const deps = { clock, log, reopen };
    const listener = new UeventListener(socket, deps, () => (state.looks += 1));
    listener.start();
    /** As the event loop does it: one call for each time somebody waits. */
    const ring = (): void => {
      const then = wake;
      wake = undefined;
      expect(then, 'somebody waits for the socket').to.be.a('function');
      then?.();
    };
    const isWaiting = (): boolean => wake !== undefined;
    return { clock, log, state, listener, readings, ring, isWaiting };
  };

  it('looks once for many messages, and only for cameras', async () => {
    const world = setUp([kernel('video4linux'), kernel('video4linux'), kernel('block')]);
    world.ring();
    expect(world.state.looks).to.equal(1);
    world.readings.push(kernel('block'), Buffer.alloc(9));
    world.ring();
    expect(world.state.looks).to.equal(1);
  });

  it('runs no timer and reads nothing while nothing is said', async () => {
    const world = setUp([kernel('video4linux')]);
    expect([world.clock.pending, world.isWaiting()]).to.deep.equal([0, true]);
    world.ring();
    const { reads } = world.state;
    expect([world.clock.pending, world.isWaiting()]).to.deep.equal([0, true]);
    await world.clock.advance(3_600_000);
    expect(world.state.reads).to.equal(reads);
    world.listener.stop();
  });

  it('looks when the kernel dropped messages, and says so once a second', async () => {
    const world = setUp(Array.from({ length: 50 }, () => 'overrun' as const));
    world.ring();
    expect(world.state.looks).to.equal(1);
    expect(world.log.lines().filter((line) => line.level === 'warn')).to.have.lengthOf(1);
  });

  it('lets others have their turn in a storm, and stays with it', async () => {
    const world = setUp(Array.from({ length: 1200 }, () => kernel('video4linux')));
    world.ring();
    expect(world.readings, 'messages left for the next turns').to.have.lengthOf(700);
    world.ring();
    world.ring();
    expect(world.readings).to.have.lengthOf(0);
    expect(world.state.looks).to.equal(3);
  });

  it('opens another socket when one fails, as soon as it can, and looks at what it missed', async () => {
    const { clock, log, state, readings, listener, ring, isWaiting } = setUp([new Error('EBADF')]);
    state.canOpen = false;
    ring();
    expect(state.closed).to.equal(1);
    expect(log.lines().some((line) => line.level === 'warn')).to.equal(true);
    await clock.advance(1000);
    expect([state.tries, state.reads]).to.deep.equal([1, 1]);
    state.canOpen = true;
    await clock.advance(1000);
    expect([state.tries, state.looks]).to.deep.equal([2, 1]);
    readings.push(kernel('video4linux'));
    ring();
    expect(state.looks).to.equal(2);
    listener.stop();
    expect(state.closed).to.equal(2);
    expect(clock.pending).to.equal(0);
    expect(isWaiting()).to.equal(true);
    readings.push(kernel('video4linux'));
    ring();
    expect(state.looks, 'a wake-up after the end').to.equal(2);
    expect(isWaiting()).to.equal(false);
  });

  it('leaves no socket open when it is stopped while it opens one', async () => {
    const { clock, state, listener, ring } = setUp([new Error('EBADF')]);
    let open = (): void => undefined;
    state.gate = new Promise((resolve) => (open = resolve));
    ring();
    await clock.advance(1000);
    expect([state.tries, state.closed]).to.deep.equal([1, 1]);
    listener.stop();
    expect(state.closed).to.equal(2);
    open();
    await new Promise(setImmediate);
    expect(state.closed).to.equal(3);
    expect(clock.pending).to.equal(0);
  });
});

describe('sources of V4L2 devices', () => {
  const real = { clock: createSystemClock(), log: createMemoryLogger() };
  const deps = { clock: createManualClock(), log: createMemoryLogger() };
  const makers = {
    udev: (options: object): DeviceEventSource => createUdevSource(options, deps),
    'fsnotify-poll': (options: object): DeviceEventSource => createFsnotifyPollSource(options, deps),
  };
  for (const [name, create] of Object.entries(makers)) {
    it(`${name} fails with SOURCE_UNAVAILABLE without the folder of nodes`, async () => {
      const watching = create({ directory: '/nowhere' }).watch(new AbortController().signal);
      const error: unknown = await watching[Symbol.asyncIterator]()
        .next()
        .catch((e: unknown) => e);
      expect(error).to.include({ code: 'SOURCE_UNAVAILABLE', retryable: true });
    });

    it(`${name} refuses folders that are not absolute`, () => {
      const wrong = [{ directory: 'dev' }, { sysfs: '' }];
      for (const options of wrong) {
        expect(() => create(options))
          .to.throw()
          .with.property('code', 'OPTION_INVALID');
      }
    });
  }

  it('know when they heard something, which starting and looking is not', async () => {
    const tree = await FakeTree.create();
    const source = createFsnotifyPollSource({ directory: tree.dev, sysfs: tree.sys }, real);
    const stop = new AbortController();
    try {
      await tree.plug({ nodes: ['video0'], port: 1 });
      const watch = source.watch(stop.signal)[Symbol.asyncIterator]();
      await watch.next();
      expect(source.heardAt?.()).to.equal(undefined);
      const next = watch.next();
      await tree.plug({ nodes: ['video1'], port: 2 });
      await next;
      expect(source.heardAt?.()).to.be.a('number');
    } finally {
      stop.abort();
      await tree.remove();
    }
  });
});
