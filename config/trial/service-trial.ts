/** The running service with the plugin whose adapters misbehave: it gets ready, stays so, and ends. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { PluginPackage } from '../plugin-package.js';
import { LIVE_PORTS } from '../live-ports.js';
import { optionOf } from '../../plugins/host/adapter-registry.js';
import { CHECK_SOURCE, WAYS, writeFailingPlugin, type Part, type Way } from './failing-plugin.js';
import { killGroup } from './kill-group.js';
import { Failed, words, type Row } from './row.js';

const READY_WITHIN_MS = 60_000;
/** The service ends within 10 s; a busy machine gets more. */
const ENDS_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 100;
/** By then every adapter has been called, and the answers that do not come are missed. */
const STAYS_FOR_MS = 2_000;
const KEPT = 4_000;

/** What the service has besides the plugin, without programs, devices and networks. */
const OTHERS: Readonly<Record<(typeof LIVE_PORTS)[number], readonly string[]>> = {
  AuthProvider: ['api-key', 'jwt'],
  CameraProbe: ['memory'],
  Capture: ['memory'],
  DeviceEventSource: [CHECK_SOURCE],
  FrameGrabber: ['memory'],
  TelemetryDecoder: ['memory'],
  Transport: ['ws-jsonrpc', 'http-files', 'http-health'],
};

export interface ServiceHost {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What Node is given to run the service with these settings (`key=value`). */
  readonly words: (settings: readonly string[]) => readonly string[];
  /** Options that the adapters need. */
  readonly settings: Readonly<Record<string, string>>;
}

/** @yields one row for each part of the adapters and each way. @throws the signal's reason. */
export async function* tryService(
  found: PluginPackage,
  host: ServiceHost,
  signal: AbortSignal,
): AsyncGenerator<Row> {
  for (const part of ['calls', 'life'] as const)
    for (const way of WAYS) {
      const what = `${part === 'life' ? 'start and stop' : 'each method'} ${WORDS[way]}: the service is ready and ends`;
      const folder = mkdtempSync(join(tmpdir(), 'camera-service-check-'));
      try {
        await runOnce(found, host, { folder, part, way, signal });
        yield { what, verdict: 'ok' };
      } catch (cause) {
        signal.throwIfAborted();
        const reason = cause instanceof Failed ? cause.message : words(cause);
        yield { what, verdict: 'failed', reason };
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    }
}

const WORDS: Readonly<Record<Way, string>> = {
  throws: 'throw',
  rejects: 'reject',
  hangs: 'hang',
  'returns nonsense': 'return nonsense',
};

interface Run {
  readonly folder: string;
  readonly part: Part;
  readonly way: Way;
  readonly signal: AbortSignal;
}

async function runOnce(found: PluginPackage, host: ServiceHost, run: Run): Promise<void> {
  const { folder, part, way, signal } = run;
  const plugin = writeFailingPlugin(found, join(folder, 'plugin'), { part, way });
  const [api = 0, health = 0] = await freePorts(2);
  const settings = {
    ...host.settings,
    ...settingsOf(found, folder),
    ...{ 'server.port': api, 'health.port': health, 'plugins.load': plugin, 'plugins.required': '' },
  };
  const given = Object.entries(settings).map(([key, value]) => `${key}=${String(value)}`);
  const child = spawn(process.execPath, [...host.words(given)], {
    env: host.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-KEPT)));
  const service: Service = { child, signal, output: () => output, isReady: () => isReady(health) };
  try {
    await getsReady(service);
    await staysReady(service);
    await endsInOrder(service);
  } finally {
    killGroup(child);
  }
}

interface Service {
  readonly child: ChildProcess;
  readonly signal: AbortSignal;
  readonly output: () => string;
  readonly isReady: () => Promise<boolean>;
}

async function getsReady(service: Service): Promise<void> {
  const { child, signal, output } = service;
  const until = performance.now() + READY_WITHIN_MS;
  while (!(await service.isReady())) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Failed(`the service ended while it started; ${lastWords(output())}`);
    if (performance.now() > until)
      throw new Failed(
        `the service was not ready within ${String(READY_WITHIN_MS / 1000)} s; ${lastWords(output())}`,
      );
    await pause(LOOK_EVERY_MS, undefined, { signal });
  }
}

async function staysReady(service: Service): Promise<void> {
  for (let stayedMs = 0; stayedMs < STAYS_FOR_MS; stayedMs += LOOK_EVERY_MS) {
    await pause(LOOK_EVERY_MS, undefined, { signal: service.signal });
    if (!(await service.isReady()))
      throw new Failed(`the service was ready, and then no longer; ${lastWords(service.output())}`);
  }
}

async function endsInOrder({ child, signal, output }: Service): Promise<void> {
  const late = AbortSignal.timeout(ENDS_WITHIN_MS);
  const ended = once(child, 'exit', { signal: AbortSignal.any([signal, late]) });
  child.kill('SIGTERM');
  const [code] = (await ended.catch(() => [undefined])) as [number | null | undefined];
  if (code === undefined)
    throw new Failed(`the service did not end within ${String(ENDS_WITHIN_MS / 1000)} s`);
  if (code !== 0) throw new Failed(`the service ended with code ${String(code)}; ${lastWords(output())}`);
}

function settingsOf({ manifest }: PluginPackage, folder: string): Readonly<Record<string, string>> {
  const folders = ['state', 'recordings', 'snapshots', 'run', 'logs'];
  const own = (port: string): readonly string[] =>
    (manifest?.provides ?? []).filter((each) => each.port === port).map(({ name }) => name);
  return {
    'paths.base': folder,
    ...Object.fromEntries(folders.map((name) => [`paths.${name}`, join(folder, name)])),
    'server.host': '127.0.0.1',
    'adapters.media_server': 'memory',
    'adapters.media_tool': 'memory',
    ...Object.fromEntries(
      LIVE_PORTS.map((port) => [optionOf(port), [...OTHERS[port], ...own(port)].join(',')]),
    ),
  };
}

function isReady(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(
      { host: '127.0.0.1', port, path: '/health/ready', timeout: READY_WITHIN_MS },
      (response) => {
        response.resume();
        resolve(response.statusCode === 200);
      },
    );
    request.once('error', () => resolve(false)).once('timeout', () => request.destroy());
  });
}

async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

function lastWords(output: string): string {
  const lines = output.trim().split('\n').slice(-3);
  return `its last words: ${lines.join(' | ').slice(-500)}`;
}
