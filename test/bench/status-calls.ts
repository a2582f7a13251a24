/** `get_status` over a hundred sockets beside a bare `ws` server that sends back as many bytes as the answer has. */
import type { Bench } from './bench.js';
import { LoadGenerator, startEchoServer } from './load/child.js';
import type { JobResult } from './load/jobs.js';
import { request, startMemoryService, WS_PATH } from './services.js';
import { median, ms, perSecond } from './table.js';

const SOCKETS = 100;

export const statusCalls: Bench = {
  name: 'status-calls',
  run: async ({ quick }) => {
    const [service, echo, load] = [
      await startMemoryService(),
      await startEchoServer(),
      LoadGenerator.start(),
    ];
    const prelude = [request('authenticate', { auth_token: await service.token('viewer') })];
    // Both sides have to be compiled and warm, or the one with more code looks worse than it is.
    const times = quick ? { warmUpMs: 1_000, durationMs: 1_000 } : { warmUpMs: 1_500, durationMs: 4_000 };
    const job = {
      kind: 'calls',
      path: WS_PATH,
      sockets: SOCKETS,
      message: request('get_status'),
      ...times,
    } as const;
    const [ours, theirs]: JobResult[][] = [[], []];
    try {
      const { messageBytes } = await load.run({ ...job, port: service.ports.api, prelude, durationMs: 100 });
      const echoed = { ...job, port: echo.port, prelude: [], message: 'x'.repeat(messageBytes) };
      for (let round = 0; round < (quick ? 3 : 5); round += 1) {
        theirs?.push(await load.run(echoed));
        ours?.push(await load.run({ ...job, port: service.ports.api, prelude }));
      }
    } finally {
      load.stop();
      echo.stop();
      await service.stop();
    }
    const [rate, bare] = [rateOf(ours ?? []), rateOf(theirs ?? [])];
    const p95 = median((ours ?? []).map(({ p95Ms }) => p95Ms));
    const bareP95 = median((theirs ?? []).map(({ p95Ms }) => p95Ms));
    return [
      {
        what: `get_status, ${String(SOCKETS)} sockets`,
        figure: perSecond(rate),
        reference: `bare ws echo ${perSecond(bare)}`,
        ratio: rate / bare,
        goal: '≥ 0.6',
        isHeld: rate / bare >= 0.6,
      },
      {
        what: 'the same, 95 % answered within',
        figure: ms(p95),
        reference: `bare ws echo ${ms(bareP95)}`,
        ratio: p95 / bareP95,
        goal: '< 50 ms',
        isHeld: p95 < 50,
      },
    ];
  },
};

function rateOf(results: readonly JobResult[]): number {
  return median(results.map(({ count, elapsedMs }) => (count * 1000) / elapsedMs));
}
