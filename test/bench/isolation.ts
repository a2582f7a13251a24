/** What it costs to have a plugin in a thread or a process of its own. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { CameraProbe, FrameGrabber, GrabRequest, SourceDescriptor } from '../../ports/index.js';
import { isolatedHost, MODES, pluginAt, type IsolatedHost, type PluginOnDisk } from '../worlds/isolated.js';
import { descendantsOf } from '../worlds/processes.js';
import { serviceBundle } from '../worlds/service.js';
import type { Bench, BenchOptions } from './bench.js';
import { residentBytes } from './load/child.js';
import { startPlainService } from './services.js';
import { mb, median, ms, percentile, type Row } from './table.js';

const PICTURE_BYTES = 200_000;
const NAME = 'bench';
const GOAL_MS = 5;
const GOAL_BYTES: Readonly<Record<string, number>> = { worker: 25e6, process: 70e6 };

/** A probe that answers at once, and a grabber whose picture is as large as one of 1080p. */
const CODE = `
const sizes = [{ width: 1920, height: 1080, fps: [30] }];
const formats = [{ pixelFormat: 'MJPG', description: 'JPEG', compressed: true, sizes }];
const jpeg = new Uint8Array(${String(PICTURE_BYTES)}).fill(7);
jpeg.set([0xff, 0xd8]);
const supports = { kinds: ['bench'] };
const kinds = supports.kinds;
export default {
  name: '${NAME}', apiVersion: 1,
  setup(context) {
    const probe = async () => ({ driver: 'bench', card: 'bench', bus: '', formats, controls: [] });
    const grab = async () => ({ jpeg, width: 1920, height: 1080, sequence: 1, capturedAt: 1 });
    context.provide('CameraProbe', '${NAME}', { kinds, create: () => ({ name: '${NAME}', supports, probe }) });
    context.provide('FrameGrabber', '${NAME}',
      { kinds, create: () => ({ name: '${NAME}', supports: { ...supports, tier: 0 }, grab }) });
  },
};
`;

export const isolation: Bench = {
  name: 'isolation',
  run: async (options) => {
    const folder = await mkdtemp(join(tmpdir(), 'cs-bench-'));
    try {
      const plugin = await writePlugin(folder);
      return [...(await latencies(plugin, options)), ...(await memories(folder, options))];
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function writePlugin(folder: string): Promise<PluginOnDisk> {
  const module = join(folder, 'plugin.mjs');
  await writeFile(module, CODE);
  const plugin = await pluginAt(module);
  const about = { name: NAME, version: '1.0.0', type: 'module', exports: './plugin.mjs' };
  await writeFile(
    join(folder, 'package.json'),
    JSON.stringify({ ...about, 'camera-service': plugin.manifest }),
  );
  return plugin;
}

interface Calls {
  readonly probe: readonly number[];
  readonly grab: readonly number[];
}

async function latencies(plugin: PluginOnDisk, { quick }: BenchOptions): Promise<Row[]> {
  const times = quick ? 200 : 5_000;
  const { default: code } = (await import(pathToFileURL(plugin.module).href)) as { default: unknown };
  const here = await timed(adaptersHere(code), times);
  const runner = join(dirname(await serviceBundle()), 'camera-service-plugin.mjs');
  const rows: Row[] = [];
  for (const mode of MODES) {
    const began = performance.now();
    const host = await isolatedHost(mode, plugin, { runner });
    const loadMs = performance.now() - began;
    try {
      const there = await timed(await adaptersIn(host), times);
      rows.push(row(`probe by a plugin in a ${mode}`, there.probe, here.probe));
      rows.push(row(`frame of ${mb(PICTURE_BYTES)} from a plugin in a ${mode}`, there.grab, here.grab));
      const figure = { figure: ms(loadMs), reference: '', goal: '< 2000 ms', isHeld: loadMs < 2_000 };
      rows.push({ what: `start of a plugin in a ${mode}`, ...figure });
    } finally {
      await host.close();
    }
  }
  return rows;
}

interface Adapters {
  readonly probe: CameraProbe;
  readonly grabber: FrameGrabber;
}

function adaptersHere(plugin: unknown): Adapters {
  const made = new Map<string, unknown>();
  const provide = (port: string, _name: string, offer: { create(): unknown }): void =>
    void made.set(port, offer.create());
  (plugin as { setup(context: object): void }).setup({ provide });
  return {
    probe: made.get('CameraProbe') as CameraProbe,
    grabber: made.get('FrameGrabber') as FrameGrabber,
  };
}

async function adaptersIn(host: IsolatedHost): Promise<Adapters> {
  return {
    probe: await host.create('CameraProbe', NAME),
    grabber: await host.create('FrameGrabber', NAME),
  };
}

async function timed({ probe, grabber }: Adapters, times: number): Promise<Calls> {
  const { signal } = new AbortController();
  const source: SourceDescriptor = { key: 'b:1', kind: 'bench', locator: 'b', name: 'b', hints: {} };
  const format = { pixelFormat: 'MJPG', width: 1920, height: 1080, fps: 30 };
  const request: GrabRequest = { source, format, warmUpFrames: 0 };
  return {
    probe: await repeated(times, () => probe.probe(source, signal)),
    grab: await repeated(times, () => grabber.grab(request, signal)),
  };
}

async function repeated(times: number, work: () => Promise<unknown>): Promise<readonly number[]> {
  const took: number[] = [];
  for (let count = 0; count < times; count += 1) {
    const began = performance.now();
    await work();
    took.push(performance.now() - began);
  }
  return took;
}

function row(what: string, there: readonly number[], here: readonly number[]): Row {
  const p95 = percentile(there, 95);
  return {
    what,
    figure: `${ms(median(there))} (95 %: ${ms(p95)})`,
    reference: `in the service ${(median(here) * 1_000).toFixed(1)} µs`,
    goal: `95 % < ${String(GOAL_MS)} ms`,
    isHeld: p95 < GOAL_MS,
  };
}

async function memories(folder: string, options: BenchOptions): Promise<Row[]> {
  const none = await memory(folder, 'none', options);
  const rows: Row[] = [];
  for (const mode of MODES) {
    const extra = (await memory(folder, mode, options)) - none;
    const goal = GOAL_BYTES[mode] ?? 0;
    rows.push({
      what: `memory of a plugin in a ${mode}`,
      figure: mb(extra),
      reference: `service with the plugin inside ${mb(none)}`,
      goal: `< ${mb(goal)}`,
      isHeld: extra < goal,
    });
  }
  return rows;
}

/** Of the service and of what the plugin runs in. */
async function memory(folder: string, mode: string, { quick }: BenchOptions): Promise<number> {
  const service = await startPlainService({
    set: {
      'plugins.load': folder,
      'plugins.isolation': mode,
      'adapters.camera_probe': `v4l2,${NAME}`,
      'adapters.frame_grabber': `ffmpeg,${NAME}`,
    },
  });
  try {
    await delay(quick ? 1_000 : 10_000);
    const own = descendantsOf(service.pid).filter(({ command }) =>
      command.some((word) => word.endsWith('camera-service-plugin.mjs')),
    );
    return [service.pid, ...own.map(({ pid }) => pid)]
      .map(residentBytes)
      .reduce((sum, bytes) => sum + bytes, 0);
  } finally {
    await service.stop();
  }
}
