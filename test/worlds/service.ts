/** The whole service as a process of its own, on free ports and in a folder of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ensureBuild } from '../../config/setup/build.mjs';
import { BUNDLE, checkout } from '../../config/setup/paths.mjs';
import { mediamtxBin, until } from './media.js';
import { freePorts } from './ports.js';
import {
  descendantsOf,
  isCapture,
  isFfmpeg,
  isMediaMtx,
  isPattern,
  isRunning,
  signalProcess,
  type ProcessInfo,
} from './processes.js';
import { connectWs, type WsClient, type WsClientOptions } from './ws-client.js';

export interface ServicePorts {
  readonly api: number;
  readonly health: number;
  readonly rtsp: number;
  readonly webrtc: number;
  readonly webrtcUdp: number;
  readonly hls: number;
  readonly mediaApi: number;
}

export interface ServiceOptions {
  /** Settings by their dotted key, as `--set` takes them; they win over those of this harness. */
  readonly set?: Readonly<Record<string, string>>;
  readonly profile?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Folder for everything it keeps; the caller's to remove. Absent: a fresh one that goes with the service. */
  readonly dir?: string;
  /** Those of an earlier service, so that the next one takes its place. */
  readonly ports?: ServicePorts;
  /** What to wait for: `ready` (default), or `serving`: a first connection is accepted. */
  readonly waitFor?: 'ready' | 'serving';
  readonly withinMs?: number;
  /** What Node is given to run, such as `SOURCES`; the bundle unless it is said. */
  readonly program?: readonly string[];
}

/** The service from its sources, as `npm run` of the tests runs everything. */
export const SOURCES: readonly string[] = [
  '--import',
  import.meta.resolve('tsx'),
  join(checkout, 'config/main.ts'),
];

export interface ServiceEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly tookMs: number;
  /** Processes that outlived the service; they have been ended since. */
  readonly orphans: readonly ProcessInfo[];
}

export interface TokenOptions {
  readonly ttl?: string;
  readonly cameras?: readonly string[];
}

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Children {
  readonly all: readonly ProcessInfo[];
  readonly ffmpeg: readonly ProcessInfo[];
  /** Those that own a camera and publish it. */
  readonly captures: readonly ProcessInfo[];
  /** Those that draw the pictures of a synthetic camera. */
  readonly patterns: readonly ProcessInfo[];
  readonly mediamtx: ProcessInfo | undefined;
}

const READY_WITHIN_MS = 20_000;
const STOP_WITHIN_MS = 25_000;
const KEPT_OUTPUT = 64 * 1024;

let built: Promise<unknown> | undefined;

/** Builds the bundle when its sources changed; once for a whole run of tests. @returns its path. */
export async function serviceBundle(): Promise<string> {
  built ??= ensureBuild({ root: checkout });
  await built;
  return join(checkout, BUNDLE);
}

/** @throws Error with the end of the service's output when it does not come up. */
export async function startService(options: ServiceOptions = {}): Promise<RunningService> {
  const program = options.program ?? [await serviceBundle()];
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), 'cs-')));
  const ports = options.ports ?? (await pickPorts());
  const service = new RunningService(program, {
    ...options,
    dir,
    ports,
    isOwnDir: options.dir === undefined,
  });
  try {
    await service.up(options.waitFor ?? 'ready', options.withinMs ?? READY_WITHIN_MS);
    return service;
  } catch (cause) {
    await service.kill();
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`the service did not come up: ${why}\n${service.output()}`, { cause });
  }
}

export async function pickPorts(): Promise<ServicePorts> {
  const [api = 0, health = 0, rtsp = 0, webrtc = 0, webrtcUdp = 0, hls = 0, mediaApi = 0] =
    await freePorts(7);
  return { api, health, rtsp, webrtc, webrtcUdp, hls, mediaApi };
}

/** The `--set` words that keep a service in its own folder and on its own ports. */
export function isolation(dir: string, ports: ServicePorts): Readonly<Record<string, string>> {
  const folders = ['state', 'recordings', 'snapshots', 'run', 'logs'];
  return {
    'paths.base': dir,
    ...Object.fromEntries(folders.map((name) => [`paths.${name}`, join(dir, name)])),
    'server.host': '127.0.0.1',
    'server.port': String(ports.api),
    'health.port': String(ports.health),
    'mediamtx.binary': mediamtxBin(),
    'mediamtx.bind_host': '127.0.0.1',
    'mediamtx.rtsp_port': String(ports.rtsp),
    'mediamtx.webrtc_port': String(ports.webrtc),
    'mediamtx.webrtc_udp_port': String(ports.webrtcUdp),
    'mediamtx.hls_port': String(ports.hls),
    'mediamtx.api_port': String(ports.mediaApi),
  };
}

interface Placement extends ServiceOptions {
  readonly dir: string;
  readonly ports: ServicePorts;
  readonly isOwnDir: boolean;
}

export class RunningService {
  readonly dir: string;
  readonly ports: ServicePorts;
  readonly pid: number;
  /** Milliseconds of `performance.now()` at which the process was started. */
  readonly startedAt = performance.now();
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  readonly #program: readonly string[];
  readonly #globals: readonly string[];
  readonly #env: NodeJS.ProcessEnv;
  readonly #process: ChildProcess;
  readonly #isOwnDir: boolean;
  readonly #tokens = new Map<string, Promise<string>>();
  readonly #clients = new Set<WsClient>();
  #output = '';
  #hasExited = false;

  constructor(program: readonly string[], placement: Placement) {
    this.dir = placement.dir;
    this.ports = placement.ports;
    this.#program = program;
    this.#isOwnDir = placement.isOwnDir;
    const settings = { ...isolation(placement.dir, placement.ports), ...placement.set };
    const words = Object.entries(settings).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
    this.#globals = ['--profile', placement.profile ?? 'development', ...words];
    this.#env = { ...plainEnv(), ...placement.env };
    this.#process = spawn(process.execPath, [...program, 'run', ...this.#globals], {
      cwd: placement.dir,
      env: this.#env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    this.pid = this.#process.pid ?? 0;
    // A service that a failed test forgot must not keep the tests from ending; `living` sees to its end.
    this.#process.unref();
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.on('data', this.#keep);
      (stream as Socket | null)?.unref();
    }
    this.exited = new Promise((settle) => {
      this.#process.once('exit', (code, signal) => {
        this.#hasExited = true;
        settle({ code, signal });
      });
    });
    living.add(this);
    void this.exited.then(() => living.delete(this));
  }

  get wsUrl(): string {
    return `ws://127.0.0.1:${String(this.ports.api)}/ws`;
  }

  get httpUrl(): string {
    return `http://127.0.0.1:${String(this.ports.api)}`;
  }

  get healthUrl(): string {
    return `http://127.0.0.1:${String(this.ports.health)}`;
  }

  get isAlive(): boolean {
    return !this.#hasExited;
  }

  /** The end of what it wrote, both streams together. */
  output(): string {
    return this.#output;
  }

  path(...parts: readonly string[]): string {
    return resolve(this.dir, ...parts);
  }

  /** Waits until connections are accepted, or until everything has been started. */
  async up(waitFor: 'ready' | 'serving', withinMs: number): Promise<void> {
    const connected = until('accepted connection', () => this.#accepts(), withinMs);
    await Promise.race([connected, this.#failedStart()]);
    if (waitFor === 'serving') return;
    const client = await this.client('viewer');
    const isReady = async (): Promise<boolean> =>
      (await client.call<{ status: string }>('get_system_status')).status === 'ready';
    await Promise.race([until('ready service', isReady, withinMs), this.#failedStart()]);
    await client.close();
  }

  /** A signed token, made by the command line beside the service. The same one for the same wish. */
  token(role: 'viewer' | 'operator' | 'admin', options: TokenOptions = {}): Promise<string> {
    const words = ['token', '--role', role, '--ttl', options.ttl ?? '1h', '--name', `test-${role}`];
    if (options.cameras) words.push('--cameras', options.cameras.join(','));
    const known = this.#tokens.get(words.join(' ')) ?? this.#issue(words);
    this.#tokens.set(words.join(' '), known);
    return known;
  }

  /** A connected client, authenticated unless the role is `none`. Closed with the service. */
  async client(
    role: 'viewer' | 'operator' | 'admin' | 'none',
    options: WsClientOptions = {},
  ): Promise<WsClient> {
    const client = await connectWs(this.wsUrl, { callWithinMs: 30_000, ...options });
    this.#clients.add(client);
    if (role !== 'none') await client.call('authenticate', { auth_token: await this.token(role) });
    return client;
  }

  /** Runs a command of the service's command line on the same folders and ports. */
  cli(words: readonly string[], withinMs = 30_000): Promise<CliResult> {
    const [command = '', ...rest] = words;
    const options = { env: this.#env, withinMs, cwd: this.dir };
    return runNode([...this.#program, command, ...this.#globals, ...rest], options);
  }

  /** What runs below the service now. */
  children(): Children {
    const all = descendantsOf(this.pid);
    return {
      all,
      ffmpeg: all.filter(isFfmpeg),
      captures: all.filter(isCapture),
      patterns: all.filter(isPattern),
      mediamtx: all.find(isMediaMtx),
    };
  }

  /** Sends a signal to the service's own process, and to nothing else. */
  signal(name: NodeJS.Signals): void {
    if (this.isAlive) this.#process.kill(name);
  }

  /** Asks it to end, waits, and clears away whatever is left. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<ServiceEnd> {
    const began = performance.now();
    const before = this.isAlive ? this.children().all : [];
    this.signal(signal);
    const impatient = setTimeout(() => this.signal('SIGKILL'), STOP_WITHIN_MS);
    const end = await this.exited;
    clearTimeout(impatient);
    const tookMs = performance.now() - began;
    const orphans = before.filter(isRunning);
    for (const orphan of orphans) signalProcess(orphan, 'SIGKILL');
    await Promise.all([...this.#clients].map((client) => client.close()));
    if (this.#isOwnDir) await rm(this.dir, { recursive: true, force: true });
    return { ...end, tookMs, orphans };
  }

  /** Ends it and all its children by force, and clears away. */
  kill(): Promise<ServiceEnd> {
    return this.stop('SIGKILL');
  }

  /** For the end of the test program: no waiting. */
  killNow(): void {
    for (const each of [...descendantsOf(this.pid)]) signalProcess(each, 'SIGKILL');
    this.signal('SIGKILL');
  }

  #keep = (chunk: Buffer): void => {
    this.#output = (this.#output + chunk.toString()).slice(-KEPT_OUTPUT);
  };

  async #accepts(): Promise<boolean> {
    try {
      const client = await connectWs(this.wsUrl, { connectWithinMs: 1_000 });
      await client.close();
      return true;
    } catch {
      return false;
    }
  }

  async #failedStart(): Promise<never> {
    const { code, signal } = await this.exited;
    throw new Error(`it ended with ${signal ?? String(code)}`);
  }

  async #issue(words: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.cli(words);
    if (code !== 0) throw new Error(`no token: ${stderr}`);
    return stdout.trim();
  }
}

/** Ends by force whatever still runs; for hooks after tests that may have failed half-way. @returns the output of those. */
export async function killForgotten(): Promise<string> {
  const forgotten = [...living];
  await Promise.all(forgotten.map((service) => service.kill()));
  return forgotten.map((service) => service.output()).join('\n');
}

const living = new Set<RunningService>();
process.once('exit', () => {
  for (const service of living) service.killNow();
});

/** What the programs need to be found, and nothing else of the caller's environment. */
export function plainEnv(): NodeJS.ProcessEnv {
  const home = process.env['HOME'] || homedir();
  return { PATH: process.env['PATH'] ?? '/usr/bin:/bin', HOME: home, LANG: 'C', TZ: 'UTC' };
}

/** Runs a program of Node's to its end. Its output is bounded. */
export function runNode(
  words: readonly string[],
  options: { readonly env: NodeJS.ProcessEnv; readonly withinMs: number; readonly cwd?: string },
): Promise<CliResult> {
  const child = spawn(process.execPath, [...words], {
    env: options.env,
    cwd: options.cwd ?? tmpdir(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const kept = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (chunk: Buffer) => {
      kept[name] = (kept[name] + chunk.toString()).slice(-KEPT_OUTPUT);
    });
  }
  const impatient = setTimeout(() => child.kill('SIGKILL'), options.withinMs);
  return new Promise((settle) => {
    child.once('close', (code) => {
      clearTimeout(impatient);
      settle({ code, ...kept });
    });
  });
}
