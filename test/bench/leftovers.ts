/** What it costs to see what plugins leave open: the same calls on a service with a plugin in its process, and on one without. */
import { writeLeakyPlugin } from '../worlds/leaky-plugin.js';
import { cpuMsOf } from '../worlds/process-cost.js';
import type { RunningService } from '../worlds/service.js';
import type { Bench } from './bench.js';
import { LoadGenerator } from './load/child.js';
import { request, startMemoryService, WS_PATH } from './services.js';
import { median } from './table.js';

const SOCKETS = 100;
const GOAL = 1.05;

export const leftovers: Bench = {
  name: 'leftovers',
  run: async ({ quick }) => {
    const plugin = writeLeakyPlugin();
    const load = LoadGenerator.start();
    const plain = await startMemoryService();
    const watched = await startMemoryService({ set: { 'plugins.load': plugin.folder } });
    // What others do on the machine changes the rate, and hardly the time that a call computes.
    const microsecondsOf = async (service: RunningService): Promise<number> => {
      const before = cpuMsOf(service.pid);
      const { count } = await load.run({
        ...{ kind: 'calls', path: WS_PATH, sockets: SOCKETS, message: request('get_status') },
        ...{ port: service.ports.api, warmUpMs: 0, durationMs: quick ? 1_000 : 3_000 },
        prelude: [request('authenticate', { auth_token: await service.token('viewer') })],
      });
      return ((cpuMsOf(service.pid) - before) * 1000) / count;
    };
    const [without, withIt]: number[][] = [[], []];
    try {
      for (const service of [plain, watched]) await microsecondsOf(service);
      for (let round = 0; round < (quick ? 3 : 9); round += 1) {
        without?.push(await microsecondsOf(plain));
        withIt?.push(await microsecondsOf(watched));
      }
    } finally {
      load.stop();
      await plain.stop();
      await watched.stop();
      plugin.remove();
    }
    const [bare, rate] = [median(without ?? []), median(withIt ?? [])];
    return [
      {
        what: 'CPU time of get_status with a plugin that is watched',
        figure: `${rate.toFixed(1)} µs`,
        reference: `no plugin ${bare.toFixed(1)} µs`,
        ratio: rate / bare,
        goal: `≤ ${String(GOAL)}`,
        isHeld: rate / bare <= GOAL,
      },
    ];
  },
};
