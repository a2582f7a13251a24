/** What the service costs when nothing happens, and how soon it is there. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connectWs } from '../worlds/ws-client.js';
import type { Bench, BenchOptions } from './bench.js';
import { residentBytes, startBareNode, startEchoServer } from './load/child.js';
import { startPlainService } from './services.js';
import { mb, median, ms, type Row } from './table.js';

const GOAL_BYTES = 60e6;

/** The production profile without a camera: MediaMTX is managed and runs, and is not counted. */
export const idleCost: Bench = {
  name: 'idle-cost',
  run: async (options) => [await memory(options), await start(options)],
};

async function memory({ quick }: BenchOptions): Promise<Row> {
  const service = await startPlainService();
  const bare = await startBareNode();
  try {
    await delay(quick ? 1_000 : 15_000);
    const [ours, theirs] = [residentBytes(service.pid), residentBytes(bare.pid)];
    return {
      what: 'memory, idle, no camera',
      figure: mb(ours),
      reference: `bare Node ${mb(theirs)}`,
      ratio: ours / theirs,
      goal: '< 60 MB',
      isHeld: ours < GOAL_BYTES,
    };
  } finally {
    bare.stop();
    await service.stop();
  }
}

async function start({ quick }: BenchOptions): Promise<Row> {
  const dir = await mkdtemp(join(tmpdir(), 'cs-bench-'));
  const [ours, theirs]: number[][] = [[], []];
  try {
    for (let round = 0; round < (quick ? 2 : 7); round += 1) {
      theirs?.push(await bareStartMs());
      const service = await startPlainService({ dir, waitFor: 'serving' });
      ours?.push(performance.now() - service.startedAt);
      await service.stop();
    }
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
  const [figure, reference] = [median(ours ?? []), median(theirs ?? [])];
  return {
    what: 'process start to first accepted WebSocket',
    figure: ms(figure),
    reference: `bare ws server ${ms(reference)}`,
    ratio: figure / reference,
    goal: '< 1000 ms',
    isHeld: figure < 1_000,
  };
}

async function bareStartMs(): Promise<number> {
  const began = performance.now();
  const bare = await startEchoServer();
  const client = await connectWs(`ws://127.0.0.1:${String(bare.port)}`);
  const tookMs = performance.now() - began;
  await client.close();
  bare.stop();
  return tookMs;
}
