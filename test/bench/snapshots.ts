/** Snapshots of a running camera. */
import { startService } from '../worlds/service.js';
import { until } from '../worlds/media.js';
import type { Bench } from './bench.js';
import { median, ms, percentile } from './table.js';

const FPS = 15;
const CAMERA = [{ name: 'Bench', width: 1280, height: 720, fps: FPS }];

interface Taken {
  readonly capture_time_ms: number;
  readonly frame_age_ms: number;
}

export const snapshots: Bench = {
  name: 'snapshots',
  run: async ({ quick }) => {
    const set = {
      'synthetic.cameras': JSON.stringify(CAMERA),
      'adapters.device_event_source': 'synthetic',
      'rpc.requests_per_minute': '0',
      'service.check_results': 'false',
    };
    const service = await startService({ set });
    try {
      const client = await service.client('operator');
      await client.call('start_streaming', { device: 'camera0' });
      const isActive = async (): Promise<boolean> =>
        (await client.call<{ status: string }>('get_stream_status', { device: 'camera0' })).status ===
        'ACTIVE';
      await until('running camera', isActive, 10_000);
      const times: number[] = [];
      const ages: number[] = [];
      for (let count = 0; count < (quick ? 20 : 200); count += 1) {
        const began = performance.now();
        const { frame_age_ms: age } = await client.call<Taken>('take_snapshot', { device: 'camera0' });
        times.push(performance.now() - began);
        ages.push(age);
      }
      const p95 = percentile(times, 95);
      return [
        {
          what: 'snapshot of a running 720p camera',
          figure: `${ms(median(times))} (95 %: ${ms(p95)}), ${ms(median(ages))} old`,
          reference: `one picture each ${ms(1000 / FPS)}`,
          goal: '95 % < 50 ms',
          isHeld: p95 < 50,
        },
      ];
    } finally {
      await service.stop();
    }
  },
};
