/** What the service costs while cameras record into a folder with many old files, beside the same with an empty folder. */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { costOf } from '../worlds/process-cost.js';
import { startPlainService } from './services.js';
import type { Bench, BenchOptions } from './bench.js';
import { fill } from './listing.js';
import { median, type Row } from './table.js';

const OLD_FILES = 50_000;
const CAMERAS = ['left', 'right'];
/** Small pictures: what is compared is the service, while MediaMTX and ffmpeg have their own cores to fight for. */
const SYNTHETIC = CAMERAS.map((name) => ({ name, width: 320, height: 240, fps: 5 }));
const GOAL = 1.1;

interface Figures {
  readonly cpu: number;
  /** System calls that read or write, as the kernel counts them. */
  readonly calls: number;
}

export const recordingCost: Bench = {
  name: 'recording-cost',
  run: async (options) => {
    const [empty, full] = [await recording(0, options), await recording(OLD_FILES, options)];
    return [
      row('CPU of the service, 2 cameras recording, 50 000 old files', {
        ...{ full: full.cpu, empty: empty.cpu },
        text: (value) => `${(value * 100).toFixed(2)} %`,
      }),
      row('reads and writes of the same', {
        ...{ full: full.calls, empty: empty.calls },
        text: (value) => `${value.toFixed(0)}/s`,
      }),
    ];
  },
};

async function recording(files: number, { quick }: BenchOptions): Promise<Figures> {
  const dir = await mkdtemp(join(tmpdir(), 'cs-bench-'));
  await fill(join(dir, 'recordings'), files);
  const set = {
    'adapters.device_event_source': 'synthetic',
    'adapters.camera_probe': 'synthetic',
    'adapters.frame_grabber': 'ffmpeg',
    'synthetic.cameras': JSON.stringify(SYNTHETIC),
  };
  const service = await startPlainService({ dir, set });
  try {
    const client = await service.client('operator');
    const { cameras } = await client.call<{ cameras: { device: string }[] }>('get_camera_list');
    for (const { device } of cameras) await client.call('start_recording', { device });
    await delay(quick ? 5_000 : 20_000);
    return await watch(service.pid, quick ? 2 : 5);
  } finally {
    await service.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

/** Medians over several stretches of time, because other programs on the machine disturb some of them. */
async function watch(pid: number, rounds: number): Promise<Figures> {
  const cpu: number[] = [];
  const calls: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const [before, began] = [callsOf(pid), performance.now()];
    const [cost] = await costOf([pid], 12_000);
    cpu.push(cost?.cpu ?? Number.NaN);
    calls.push((callsOf(pid) - before) / ((performance.now() - began) / 1_000));
  }
  return { cpu: median(cpu), calls: median(calls) };
}

function callsOf(pid: number): number {
  const text = readFileSync(`/proc/${String(pid)}/io`, 'utf8');
  return [...text.matchAll(/^sysc[rw]: (\d+)$/gm)].reduce((sum, [, count]) => sum + Number(count), 0);
}

function row(
  what: string,
  { full, empty, text }: Record<'full' | 'empty', number> & { readonly text: (value: number) => string },
): Row {
  const ratio = full / empty;
  return {
    ...{ what, figure: text(full), reference: `empty folder ${text(empty)}`, ratio },
    goal: `<= ${String(GOAL)} x`,
    isHeld: ratio <= GOAL,
  };
}
