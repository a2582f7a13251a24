/** Listing ten thousand recordings. */
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WsClient } from '../worlds/ws-client.js';
import type { Bench } from './bench.js';
import { startMemoryService } from './services.js';
import { ms, percentile, type Row } from './table.js';

const FILES = 10_000;
const FIRST_MS = Date.UTC(2026, 0, 1);

export const listing: Bench = {
  name: 'listing',
  run: async ({ quick }) => {
    const dir = await mkdtemp(join(tmpdir(), 'cs-bench-'));
    const folder = join(dir, 'recordings');
    await fill(folder);
    const scanMs = await scan(folder);
    const service = await startMemoryService({ dir });
    try {
      const client = await service.client('viewer');
      const calls = quick ? 30 : 300;
      return [
        row('list_recordings, 50 of 10 000 files', await listPages(client, { limit: 50, calls }), scanMs),
        row('the same, 1000 of them', await listPages(client, { limit: 1_000, calls: calls / 3 }), scanMs),
      ];
    } finally {
      await service.stop();
      await rm(dir, { recursive: true, force: true });
    }
  },
};

async function fill(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (let index = 0; index < FILES; index += 1) {
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
  { limit, calls }: { readonly limit: number; readonly calls: number },
): Promise<readonly number[]> {
  const times: number[] = [];
  for (let call = 0; call < calls; call += 1) {
    const offset = (call * 997) % (FILES - limit);
    const began = performance.now();
    const { files, total } = await client.call<{ files: unknown[]; total: number }>('list_recordings', {
      limit,
      offset,
    });
    times.push(performance.now() - began);
    if (files.length !== limit || total !== FILES)
      throw new Error(`listed ${String(files.length)} of ${String(total)}`);
  }
  return times;
}

function row(what: string, times: readonly number[], scanMs: number): Row {
  const p95 = percentile(times, 95);
  return {
    what,
    figure: `${ms(percentile(times, 50))} (95 %: ${ms(p95)})`,
    reference: `readdir and stat ${ms(scanMs)}`,
    ratio: percentile(times, 50) / scanMs,
    goal: '95 % < 50 ms',
    isHeld: p95 < 50,
  };
}
