/** What the service does when nothing happens. */
import { setTimeout as delay } from 'node:timers/promises';
import { costOf } from '../worlds/process-cost.js';
import type { Bench, BenchOptions } from './bench.js';
import { startBareNode } from './load/child.js';
import { startPlainService } from './services.js';
import type { Row } from './table.js';

const GOAL = { cpu: 0.003, wakeUpsPerSecond: 5 };
/** A service compiles and collects for a while after its start. */
const SETTLE_MS = 15_000;
const WATCH_MS = 30_000;

/** The production profile without a camera and without a client; MediaMTX is managed and runs, and is not counted. */
export const idleCpu: Bench = { name: 'idle-cpu', run: async (options) => [await idle(options)] };

async function idle({ quick }: BenchOptions): Promise<Row> {
  const service = await startPlainService();
  const bare = await startBareNode();
  try {
    await delay(quick ? 2_000 : SETTLE_MS);
    const costs = await costOf([service.pid, bare.pid], quick ? 3_000 : WATCH_MS);
    const [ours, theirs] = costs.map(({ cpu, wakeUpsPerSecond }) => ({
      cpu: `${(cpu * 100).toFixed(2)} %`,
      wakeUps: `${wakeUpsPerSecond.toFixed(1)}/s`,
    }));
    const [{ cpu = Infinity, wakeUpsPerSecond = Infinity } = {}] = costs;
    return {
      what: 'CPU of a core and wake-ups, idle, no camera',
      figure: `${ours?.cpu ?? ''}, ${ours?.wakeUps ?? ''}`,
      reference: `bare Node ${theirs?.cpu ?? ''}, ${theirs?.wakeUps ?? ''}`,
      goal: '<= 0.3 %, <= 5/s',
      isHeld: cpu <= GOAL.cpu && wakeUpsPerSecond <= GOAL.wakeUpsPerSecond,
    };
  } finally {
    bare.stop();
    await service.stop();
  }
}
