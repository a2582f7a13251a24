/**
 * Runs inside a network namespace of its own: from a uevent to the notification at a client of the compiled service. Says as JSON
 * what it measured, in milliseconds.
 */
import { FakeTree } from '../../unit/v4l2/fake-tree.js';
import { startService } from '../../worlds/service.js';
import type { WsClient } from '../../worlds/ws-client.js';
import { openInjector } from './injector.js';
import { raiseLoopback } from './loopback.js';

const CYCLES = 100;
const CAMERA = { nodes: ['video0', 'video1'], port: 1, serial: 'A1' };
const WITHIN_MS = 30_000;
const HAND_OVERS = 5;
const TIMER_MS = 20;

type Times = Readonly<Record<'plug' | 'unplug' | 'machine', readonly number[]>>;

/**
 * What this machine takes just now for as many hand-overs between processes as an event needs, and for a timer: on a quiet one a
 * few milliseconds.
 */
async function reference(client: WsClient): Promise<number> {
  const began = performance.now();
  for (let n = 0; n < HAND_OVERS; n++) await client.call('ping');
  await new Promise((resolve) => setTimeout(resolve, TIMER_MS));
  return performance.now() - began - TIMER_MS;
}

/** @param debounceMs how long the service leaves a new device alone. */
async function measure(debounceMs: number): Promise<Times> {
  const tree = await FakeTree.create();
  const injector = await openInjector();
  const service = await startService({
    profile: 'production',
    waitFor: 'serving',
    set: {
      'adapters.device_event_source': 'udev',
      'adapters.camera_probe': 'memory',
      'udev.directory': tree.dev,
      'udev.sysfs': tree.sys,
      'cameras.debounce_ms': String(debounceMs),
    },
  });
  const times = { plug: [] as number[], unplug: [] as number[], machine: [] as number[] };
  try {
    const client = await service.client('viewer');
    await client.call('subscribe_events', { topics: ['camera.*'] });
    for (let n = 0; n < CYCLES; n++) {
      await tree.plug(CAMERA);
      let began = performance.now();
      injector.send('add', '/devices/x', { SUBSYSTEM: 'video4linux', DEVNAME: 'video0' });
      await client.nextNotification('camera.connected', WITHIN_MS);
      times.plug.push(performance.now() - began);
      await tree.unplug(CAMERA);
      began = performance.now();
      injector.send('remove', '/devices/x', { SUBSYSTEM: 'video4linux', DEVNAME: 'video0' });
      await client.nextNotification('camera.disconnected', WITHIN_MS);
      times.unplug.push(performance.now() - began);
      times.machine.push(await reference(client));
    }
    return times;
  } finally {
    await service.stop();
    injector.close();
    await tree.remove();
  }
}

await raiseLoopback();
const result = { usual: await measure(50), bare: await measure(0) };
process.stdout.write(`${JSON.stringify(result)}\n`);
