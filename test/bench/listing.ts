/** Starting with many recordings, and listing them. */
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WsClient } from '../worlds/ws-client.js';
import type { Bench } from './bench.js';
import { startMemoryService } from './services.js';
import { ms, percentile, type Row } from './table.js';

const FIRST_MS = Date.UTC(2026, 0, 1);

export const listing: Bench = {
  name: 'listing',
  run: async ({ quick }) => {
    const calls = quick ? 30 : 300;
    const small = await measure({ files: 10_000, calls, startGoalMs: 3_000 });
    return quick ? small : [...small, ...(await measure({ files: 100_000, calls, startGoalMs: 10_000 }))];
  },
};

interface Size {
  readonly files: number;
  readonly calls: number;
  readonly startGoalMs: number;
}

async function measure({ files, calls, startGoalMs }: Size): Promise<readonly Row[]> {
  const dir = await mkdtemp(join(tmpdir(), 'cs-bench-'));
  const folder = join(dir, 'recordings');
  await fill(folder, files);
  const scanMs = await scan(folder);
  const emptyMs = await startMs();
  const began = performance.now();
  const service = await startMemoryService({ dir });
  try {
    const client = await service.client('viewer');
    await listPages(client, { files, limit: 50, calls: 1 });
    const listedMs = performance.now() - began;
    const count = files.toLocaleString('en').replaceAll(',', ' ');
    return [
      startRow(`start with ${count} files, to the first listing`, { listedMs, emptyMs, goalMs: startGoalMs }),
      row(`list_recordings, 50 of ${count} files`, await listPages(client, { files, limit: 50, calls }), {
        scanMs,
        goalMs: 20,
      }),
      row('the same, 1000 of them', await listPages(client, { files, limit: 1_000, calls: calls / 3 }), {
        scanMs,
        goalMs: 50,
      }),
    ];
  } finally {
    await service.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

function startRow(
  what: string,
  times: { readonly listedMs: number; readonly emptyMs: number; readonly goalMs: number },
): Row {
  const { listedMs, emptyMs, goalMs } = times;
  return {
    what,
    figure: ms(listedMs),
    reference: `with an empty folder ${ms(emptyMs)}`,
    ratio: listedMs / emptyMs,
    goal: `< ${ms(goalMs)}`,
    isHeld: listedMs < goalMs,
  };
}

/** The same with nothing in the folder. */
async function startMs(): Promise<number> {
  const began = performance.now();
  const service = await startMemoryService();
  try {
    await (await service.client('viewer')).call('list_recordings', {});
    return performance.now() - began;
  } finally {
    await service.stop();
  }
}

export async function fill(folder: string, files: number): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (let index = 0; index < files; index += 1) {
    const [day = '', time = ''] = new Date(FIRST_MS + index * 60_000).toISOString().slice(0, -1).split('T');
    const name = `camera${String(index % 4)}_${day}_${time.replaceAll(/[:.]/g, '-')}000.mp4`;
    await writeFile(join(folder, name), 'x'.repeat(100));
  }
}

/** What it costs to ask the disk. */
async function scan(folder: string): Promise<number> {
  const began = performance.now();
  for (const name of await readdir(folder)) await stat(join(folder, name));
  return performance.now() - began;
}

async function listPages(
  client: WsClient,
  { files: count, limit, calls }: { readonly files: number; readonly limit: number; readonly calls: number },
): Promise<readonly number[]> {
  const times: number[] = [];
  for (let call = 0; call < calls; call += 1) {
    const offset = (call * 997) % (count - limit);
    const began = performance.now();
    const { files, total } = await client.call<{ files: unknown[]; total: number }>('list_recordings', {
      limit,
      offset,
    });
    times.push(performance.now() - began);
    if (files.length !== limit || total !== count)
      throw new Error(`listed ${String(files.length)} of ${String(total)}`);
  }
  return times;
}

function row(
  what: string,
  times: readonly number[],
  { scanMs, goalMs }: { readonly scanMs: number; readonly goalMs: number },
): Row {
  const p95 = percentile(times, 95);
  return {
    what,
    figure: `${ms(percentile(times, 50))} (95 %: ${ms(p95)})`,
    reference: `readdir and stat ${ms(scanMs)}`,
    ratio: percentile(times, 50) / scanMs,
    goal: `95 % < ${String(goalMs)} ms`,
    isHeld: p95 < goalMs,
  };
}
