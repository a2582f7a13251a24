/**
 * Runs inside a network namespace of its own, where no uevent comes, as in a container: what a client of the compiled service hears
 * of a camera that comes and goes, and what the service says of its sources. Says it as JSON.
 */
import { FakeTree } from '../../unit/v4l2/fake-tree.js';
import { until } from '../../worlds/media.js';
import { startService } from '../../worlds/service.js';
import { raiseLoopback } from './loopback.js';

const FIRST = { nodes: ['video0', 'video1'], port: 1, serial: 'A1' };
const SECOND = { nodes: ['video2', 'video3'], port: 2, serial: 'B2' };
const WITHIN_MS = 30_000;
/** After a change the service waits two seconds for what the other sources say, and it looks at them once a second. */
const QUIET_MS = 5000;

interface Status {
  readonly components: Readonly<Record<string, { readonly state: string; readonly reason?: string }>>;
}

await raiseLoopback();
const tree = await FakeTree.create();
await tree.plug(FIRST);
const service = await startService({
  profile: 'production',
  waitFor: 'serving',
  set: {
    'adapters.device_event_source': 'udev,fsnotify-poll',
    'adapters.camera_probe': 'memory',
    'udev.directory': tree.dev,
    'udev.sysfs': tree.sys,
    'fsnotify_poll.directory': tree.dev,
    'fsnotify_poll.sysfs': tree.sys,
    // The slow look must not be what helps.
    'udev.interval_ms': '600000',
    'fsnotify_poll.interval_ms': '600000',
  },
});
try {
  const client = await service.client('viewer');
  await client.call('subscribe_events', { topics: ['camera.*'] });
  const heard: unknown[] = [];
  const comeAndGo = async (): Promise<void> => {
    await tree.plug(SECOND);
    heard.push((await client.nextNotification('camera.connected', WITHIN_MS)).params['device']);
    await tree.unplug(SECOND);
    heard.push((await client.nextNotification('camera.disconnected', WITHIN_MS)).params['device']);
  };
  const sources = async () => (await client.call<Status>('get_status')).components['device-sources'];
  // What happens in the first moments after a start does not count as news to the service.
  const isTold = async (): Promise<boolean> => {
    await comeAndGo();
    const isSilent = async (): Promise<boolean> =>
      /udev reports no events/.test((await sources())?.reason ?? '');
    return until('silence', isSilent, QUIET_MS).then(
      () => true,
      () => false,
    );
  };
  await until('word of the silence', isTold, WITHIN_MS);
  const result = { heard: [...new Set(heard)], sources: await sources() };
  process.stdout.write(`${JSON.stringify(result)}\n`);
} finally {
  await service.stop();
  await tree.remove();
}
