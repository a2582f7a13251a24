/** How soon a client hears of a camera: from the kernel's event to the notification. */
import { guest } from './hooks.js';
import { labCamera, sharedStage } from './host/cast.js';
import { heard } from './host/lab-service.js';
import type { LabServiceOptions } from './host/lab-service.js';
import { quantiles, tell } from './host/report.js';

const DRIVER = '/sys/bus/usb/drivers/uvcvideo';
const INTERFACE = '1-1:1.0';
const NODE = '/dev/video0';

interface Way {
  readonly how: string;
  readonly cycles: number;
  readonly options: LabServiceOptions;
}

const WAYS: readonly Way[] = [
  { how: 'with probe and 50 ms of debounce', cycles: 100, options: {} },
  {
    how: 'without probe and debounce',
    cycles: 30,
    options: { set: { 'cameras.debounce_ms': '0', 'adapters.camera_probe': 'memory' } },
  },
];

for (const { how, cycles, options } of WAYS) {
  describe(`latency ${how}`, function () {
    this.timeout(300_000);
    const stage = sharedStage(options);

    it(`tells of a camera that comes and goes, ${String(cycles)} times`, async () => {
      const { client } = stage;
      await guest().plug(labCamera('A'));
      const times = { connected: [] as number[], disconnected: [] as number[], call: [] as number[] };
      const heardAt = async (topic: string): Promise<number> => {
        await heard(client, topic);
        return Date.now();
      };
      for (let n = 0; n < cycles; n++) {
        const connectedAt = await heardAt('camera.connected');
        // The kernel makes the node just before it tells of it, and removes it just before it tells of that.
        times.connected.push(connectedAt - (await guest().stat(NODE)).bornMs);
        const began = performance.now();
        await client.call('ping');
        times.call.push(performance.now() - began);
        // The driver lets go of the camera and takes it again: the same events as a plug makes, without the half second that USB takes.
        await guest().writeFile(`${DRIVER}/unbind`, INTERFACE);
        const disconnectedAt = await heardAt('camera.disconnected');
        times.disconnected.push(disconnectedAt - (await guest().stat('/dev')).changedMs);
        await guest().writeFile(`${DRIVER}/bind`, INTERFACE);
      }
      tell(`node made → camera.connected heard: ${quantiles(times.connected)}`);
      tell(`node gone → camera.disconnected heard: ${quantiles(times.disconnected)}`);
      tell(`for comparison, a call that does nothing: ${quantiles(times.call)}`);
    });
  });
}
