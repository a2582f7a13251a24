/** Real media for tests: where the programs are, test pictures in, viewers out, and what is really in a file. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { spawnOwned, type OwnedChild } from '../../adapters/_shared/child-process.js';
import { readLines } from '../../adapters/_shared/lines.js';

const run = promisify(execFile);
const MEDIAMTX_VERSION = 'v1.20.1';

/** A missing component is a failure of the test, not a reason to skip it. */
export function mediamtxBin(): string {
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  const cached = join(cache, 'camera-service', 'mediamtx', MEDIAMTX_VERSION, 'mediamtx');
  return existing(process.env['MEDIAMTX_BIN'] || cached, 'MediaMTX');
}

export function ffmpegBin(): string {
  return onPath('ffmpeg');
}

export function ffprobeBin(): string {
  return onPath('ffprobe');
}

/** A TCP port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export async function tempDir(): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'camera-service-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

export interface TestPattern {
  readonly url: string;
  readonly size?: string;
  readonly fps?: number;
  readonly seconds?: number;
}

/** Publishes moving pictures by RTSP, with a key frame every second and no B-frames. */
export function publishTestPattern({
  url,
  size = '320x240',
  fps = 15,
  seconds,
}: TestPattern): Promise<OwnedChild> {
  const length = seconds === undefined ? [] : ['-t', String(seconds)];
  const input = ['-re', '-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=${fps}`, ...length];
  const codec = ['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-profile:v', 'baseline'];
  const picture = ['-pix_fmt', 'yuv420p', '-g', String(fps), '-threads', '1', '-pkt_size', '1400'];
  const output = ['-f', 'rtsp', '-rtsp_transport', 'tcp', url];
  const args = ['-nostdin', '-hide_banner', '-loglevel', 'error', ...input, ...codec, ...picture, ...output];
  return spawnOwned({
    label: 'test pattern',
    command: ffmpegBin(),
    args,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

export interface StreamViewer {
  readonly pid: number;
  /** True with the first packet; false when the stream was refused or ended before. */
  readonly served: Promise<boolean>;
  /** Milliseconds from the start of the program to the first packet. */
  readonly firstPacketMs: Promise<number>;
  /** Presentation times of the packets received, in seconds. */
  packets(): readonly number[];
  isAlive(): boolean;
  tail(): readonly string[];
  stop(): Promise<void>;
}

const MAX_PACKETS = 100_000;

/** Reads a stream without decoding it and keeps each packet's time. */
export async function viewStream(url: string): Promise<StreamViewer> {
  const began = performance.now();
  const input = ['-fflags', 'nobuffer', '-analyzeduration', '200000', '-rtsp_transport', 'tcp', '-i', url];
  const output = ['-map', '0:v:0', '-c', 'copy', '-flush_packets', '1', '-f', 'framecrc', 'pipe:1'];
  const args = ['-nostdin', '-hide_banner', '-loglevel', 'error', ...input, ...output];
  const child = await spawnOwned({ label: 'test viewer', command: ffmpegBin(), args });
  const times: number[] = [];
  let timeBase = 1 / 90_000;
  let firstAt = Infinity;
  let isAlive = true;
  const served = new Promise<boolean>((resolve) => {
    if (child.process.stdout === null) throw new Error('no output');
    readLines(child.process.stdout, (line) => {
      const base = /^#tb 0: (\d+)\/(\d+)/.exec(line);
      if (base !== null) timeBase = Number(base[1]) / Number(base[2]);
      if (line.startsWith('#') || times.length >= MAX_PACKETS) return;
      times.push(Number(line.split(',')[2]) * timeBase);
      firstAt = Math.min(firstAt, performance.now());
      resolve(true);
    });
    void child.exited.then(() => {
      isAlive = false;
      resolve(false);
    });
  });
  return {
    pid: child.pid,
    served,
    firstPacketMs: served.then(() => firstAt - began),
    packets: () => [...times],
    isAlive: () => isAlive,
    tail: () => child.tail(),
    stop: () => child.stop(2_000, 'SIGINT'),
  };
}

export interface ProbedFile {
  readonly durationSeconds: number;
  readonly frames: number;
  /** What a full decode complained about. */
  readonly errors: readonly string[];
  /** Presentation times of the video frames, in seconds. */
  readonly timestamps: readonly number[];
}

/** Decodes the whole file. */
export async function probeFile(path: string): Promise<ProbedFile> {
  const entries = 'format=duration:frame=media_type,best_effort_timestamp_time';
  const args = ['-v', 'error', '-show_entries', entries, '-of', 'json', path];
  const { stdout, stderr } = await run(ffprobeBin(), args, { maxBuffer: 256 * 1024 * 1024 });
  const probed = JSON.parse(stdout) as {
    readonly format?: { readonly duration?: string };
    readonly frames?: readonly {
      readonly media_type: string;
      readonly best_effort_timestamp_time?: string;
    }[];
  };
  const video = (probed.frames ?? []).filter((frame) => frame.media_type === 'video');
  return {
    durationSeconds: Number(probed.format?.duration ?? Number.NaN),
    frames: video.length,
    errors: stderr.split('\n').filter((line) => line.trim() !== ''),
    timestamps: video.map((frame) => Number(frame.best_effort_timestamp_time)),
  };
}

/** Polls until the condition holds. @throws Error naming what was waited for. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  withinMs = 5_000,
): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`within ${withinMs} ms there was no: ${what}`);
    await delay(10);
  }
}

function onPath(name: string): string {
  const found = (process.env['PATH'] ?? '')
    .split(':')
    .map((folder) => join(folder, name))
    .find((file) => existsSync(file));
  return existing(found ?? `/usr/bin/${name}`, name);
}

function existing(path: string, name: string): string {
  if (!existsSync(path)) throw new Error(`${name} is needed for this test and is not at ${path}`);
  return path;
}
