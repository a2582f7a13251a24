/** One event to a thousand sockets beside a bare `ws` server that sends as many bytes to as many; and what the sockets cost. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Bench } from './bench.js';
import { LoadGenerator, residentBytes, startEchoServer } from './load/child.js';
import { request, startMemoryService, WS_PATH } from './services.js';
import { ms } from './table.js';

const SOCKETS = 1_000;
/** The first tellings run in cold code. */
const WARM_UP = 8;
const SETTLE_MS = 500;

export const fanOut: Bench = {
  name: 'fan-out',
  run: async ({ quick }) => {
    const service = await startMemoryService();
    const echo = await startEchoServer();
    const load = LoadGenerator.start();
    const rounds = quick ? 5 : 60;
    const login = request('authenticate', { auth_token: await service.token('operator') });
    const subscribe = request('subscribe_events', { topics: ['snapshot.taken'] });
    const sockets = { kind: 'listen', path: WS_PATH, sockets: SOCKETS } as const;
    const trigger = request('take_snapshot', { device: 'camera0' });
    const ours = {
      ...sockets,
      port: service.ports.api,
      prelude: [login, subscribe],
      sentAt: 'timestamp',
      trigger,
    } as const;
    const bare = { ...sockets, port: echo.port, prelude: [], sentAt: 't' } as const;
    const weight = { ours: 0, bare: 0 };
    const weigh = async (who: 'ours' | 'bare', pid: number, before: number): Promise<void> => {
      await delay(SETTLE_MS);
      weight[who] = (residentBytes(pid) - before) / SOCKETS;
    };
    try {
      const before = residentBytes(service.pid);
      const { messageBytes } = await load.run({ ...ours, rounds: WARM_UP }, () =>
        weigh('ours', service.pid, before),
      );
      const figure = await load.run({ ...ours, rounds });
      const told = { ...bare, trigger: `fan ${String(messageBytes)}` };
      const bareBefore = residentBytes(echo.pid);
      await load.run({ ...told, rounds: WARM_UP }, () => weigh('bare', echo.pid, bareBefore));
      const reference = await load.run({ ...told, rounds });
      const ratio = figure.p50Ms / reference.p50Ms;
      return [
        {
          what: `event, last of ${String(SOCKETS)} sockets has it after`,
          figure: `${ms(figure.p50Ms)} (95 %: ${ms(figure.p95Ms)})`,
          reference: `bare ws ${ms(reference.p50Ms)} (${ms(reference.p95Ms)}), ${String(messageBytes)} bytes`,
          ratio,
          goal: '< 20 ms, ≤ 1.5',
          isHeld: figure.p50Ms < 20 && ratio <= 1.5,
        },
        {
          what: 'memory per authenticated, subscribed socket',
          figure: `${(weight.ours / 1e3).toFixed(1)} KB`,
          reference: `bare ws ${(weight.bare / 1e3).toFixed(1)} KB`,
          ratio: weight.ours / weight.bare,
          goal: '≤ 25 KB',
          isHeld: weight.ours <= 25_000,
        },
      ];
    } finally {
      load.stop();
      echo.stop();
      await service.stop();
    }
  },
};
