/** The installed service as a process of its own, with plugins, on free ports and in folders of its own. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { pipeOf, spawnOwned, type OwnedChild } from '../../adapters/_shared/child-process.js';
import { connectWsClient, type WsClient } from '../../adapters/transport/ws-jsonrpc/ws-client.js';
import { freePorts } from './free-ports.js';
import { until } from './until.js';

export type ServiceRole = 'viewer' | 'operator' | 'admin';

export interface ServiceOptions {
  /** Plugins to load: folders, files or names of packages; relative ones from the working folder. */
  readonly plugins?: readonly string[];
  /** Settings by their dotted key, as `--set` takes them: `{ 'adapters.capture': 'mine', 'Capture/mine.fps': '5' }`. */
  readonly set?: Readonly<Record<string, string>>;
  /** Settings that get a credential of a role, for plugins that are clients of the service: `{ 'Transport/mine.api_key': 'operator' }`. */
  readonly credentials?: Readonly<Record<string, ServiceRole>>;
  /** Default `development`, which has synthetic cameras unless `adapters.device_event_source` says otherwise. */
  readonly profile?: string;
  /** How long it may take to get ready, in milliseconds. Default 30 000. */
  readonly withinMs?: number;
}

export interface TestService {
  readonly folder: string;
  /** Calls a method, with a credential of the role. @throws Error with the service's message when the call fails. */
  call(method: string, params?: Readonly<Record<string, unknown>>, role?: ServiceRole): Promise<unknown>;
  /** Where its API is, such as `http://127.0.0.1:8002`, for clients of other transports. */
  readonly apiUrl: string;
  /** A credential of the role, good for an hour. */
  token(role: ServiceRole): Promise<string>;
  /** Where a camera can be viewed, with a credential; for `receiveStream`. */
  rtspUrl(camera: string): Promise<string>;
  /** The end of what it wrote. */
  output(): string;
  /** Ends it and removes its folders. May be repeated. @throws Error when a plugin has left something open, with what and where. */
  stop(): Promise<void>;
}

const READY_WITHIN_MS = 30_000;
const STOP_MS = 15_000;
/** How the log of the service says it. */
const LEFT_OPEN = 'left open after its end:';
const KEPT_OUTPUT = 64 * 1024;
/** What programs need to be found. */
const PASSED_ON = ['MEDIAMTX_BIN', 'FFMPEG_BIN', 'XDG_CACHE_HOME'];
const FOLDERS = ['state', 'recordings', 'snapshots', 'run', 'logs'];

/** @throws Error with the end of the service's output when it does not come up. */
export async function startService(options: ServiceOptions = {}): Promise<TestService> {
  const folder = mkdtempSync(join(tmpdir(), 'camera-service-'));
  const ports = await pickPorts();
  const { profile = 'development', withinMs = READY_WITHIN_MS } = options;
  const places = placesOf(folder, ports);
  const issuer = new Command(folder, ['--profile', profile, ...wordsOf(places)]);
  const credentials = await credentialsOf(issuer, options);
  const settings = { ...places, ...pluginsOf(options), ...options.set, ...credentials };
  const command = new Command(folder, ['--profile', profile, ...wordsOf(settings)]);
  const service = new RunningService(await command.start('run'), command, ports);
  try {
    await service.ready(withinMs);
    return service;
  } catch (cause) {
    const output = service.output();
    await service.stop().catch(() => undefined);
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`the service did not come up: ${why}\n${output}`, { cause });
  }
}

type Ports = Readonly<
  Record<'api' | 'health' | 'rtsp' | 'webrtc' | 'webrtcUdp' | 'hls' | 'mediaApi', number>
>;

async function pickPorts(): Promise<Ports> {
  const [api = 0, health = 0, rtsp = 0, webrtc = 0, webrtcUdp = 0, hls = 0, mediaApi = 0] =
    await freePorts(7);
  return { api, health, rtsp, webrtc, webrtcUdp, hls, mediaApi };
}

type Settings = Readonly<Record<string, string>>;

function wordsOf(settings: Settings): readonly string[] {
  return Object.entries(settings).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
}

function placesOf(folder: string, ports: Ports): Settings {
  return {
    'paths.base': folder,
    ...Object.fromEntries(FOLDERS.map((name) => [`paths.${name}`, join(folder, name)])),
    ...{ 'server.host': '127.0.0.1', 'server.port': String(ports.api), 'health.port': String(ports.health) },
    ...{ 'mediamtx.bind_host': '127.0.0.1', 'mediamtx.rtsp_port': String(ports.rtsp) },
    ...{ 'mediamtx.webrtc_port': String(ports.webrtc), 'mediamtx.webrtc_udp_port': String(ports.webrtcUdp) },
    ...{ 'mediamtx.hls_port': String(ports.hls), 'mediamtx.api_port': String(ports.mediaApi) },
  };
}

function pluginsOf({ plugins = [] }: ServiceOptions): Settings {
  const paths = plugins.map(absolute).join(',');
  return plugins.length === 0 ? {} : { 'plugins.load': paths, 'plugins.required': paths };
}

/** Issued without the plugins, whose settings are not complete before. */
async function credentialsOf(issuer: Command, { credentials = {} }: ServiceOptions): Promise<Settings> {
  const named: [string, string][] = [];
  for (const [key, role] of Object.entries(credentials)) named.push([key, await issuer.token(role)]);
  return Object.fromEntries(named);
}

/** The command of this package, on the folders and ports of one service. */
class Command {
  readonly folder: string;
  readonly #options: readonly string[];

  constructor(folder: string, options: readonly string[]) {
    this.folder = folder;
    this.#options = options;
  }

  start(name: string, ...more: readonly string[]): Promise<OwnedChild> {
    const env = Object.fromEntries(
      PASSED_ON.flatMap((key) => (process.env[key] ? [[key, process.env[key]]] : [])),
    ) as Record<string, string>;
    const args = [program(), name, ...this.#options, ...more];
    return spawnOwned({
      label: `camera-service ${name}`,
      command: process.execPath,
      args,
      cwd: this.folder,
      env,
    });
  }

  async token(role: ServiceRole): Promise<string> {
    const child = await this.start('token', '--role', role, '--ttl', '1h', '--name', `test-${role}`);
    const [token, { code }] = await Promise.all([text(pipeOf(child, 1)), child.exited]);
    if (code !== 0) throw new Error(`no token: ${child.tail().join('\n')}`);
    return token.trim();
  }
}

class RunningService implements TestService {
  readonly folder: string;
  readonly #child: OwnedChild;
  readonly #command: Command;
  readonly #ports: Ports;
  readonly #tokens = new Map<ServiceRole, Promise<string>>();
  readonly #clients = new Map<ServiceRole, Promise<WsClient>>();
  #output = '';
  #hasEnded = false;
  #hasTold = false;

  constructor(child: OwnedChild, command: Command, ports: Ports) {
    this.folder = command.folder;
    this.#child = child;
    this.#command = command;
    this.#ports = ports;
    for (const descriptor of [1, 2])
      pipeOf(child, descriptor).on('data', (chunk: Buffer) => {
        this.#output = (this.#output + chunk.toString()).slice(-KEPT_OUTPUT);
      });
    void child.exited.then(() => (this.#hasEnded = true));
  }

  async ready(withinMs: number): Promise<void> {
    const isReady = async (): Promise<boolean> => {
      if (this.#hasEnded) throw new Error('it has ended');
      const status = await this.call('get_system_status', {}, 'viewer').catch(() => {
        this.#clients.clear();
        return undefined;
      });
      return (status as { status?: string } | undefined)?.status === 'ready';
    };
    await until('a service that is ready', isReady, withinMs);
  }

  async call(
    method: string,
    params: Readonly<Record<string, unknown>> = {},
    role: ServiceRole = 'operator',
  ): Promise<unknown> {
    const client = this.#clients.get(role) ?? this.#connect(role);
    this.#clients.set(role, client);
    return (await client).call(method, params);
  }

  get apiUrl(): string {
    return `http://127.0.0.1:${this.#ports.api}`;
  }

  async rtspUrl(camera: string): Promise<string> {
    return `rtsp://127.0.0.1:${this.#ports.rtsp}/${camera}?token=${await this.token('viewer')}`;
  }

  output(): string {
    return this.#output;
  }

  async stop(): Promise<void> {
    for (const client of this.#clients.values()) (await client.catch(() => undefined))?.close();
    await this.#child.stop(STOP_MS);
    rmSync(this.folder, { recursive: true, force: true });
    const left = this.#output.split('\n').find((line) => line.includes(LEFT_OPEN));
    if (left !== undefined && !this.#hasTold) {
      this.#hasTold = true;
      throw new Error(`a plugin has left something open: ${left.trim()}`);
    }
  }

  token(role: ServiceRole): Promise<string> {
    const known = this.#tokens.get(role) ?? this.#command.token(role);
    this.#tokens.set(role, known);
    return known;
  }

  async #connect(role: ServiceRole): Promise<WsClient> {
    const url = `ws://127.0.0.1:${this.#ports.api}/ws`;
    return connectWsClient(url, await this.token(role), { notified: () => undefined });
  }
}

/** A name of a package stays one. */
function absolute(plugin: string): string {
  return plugin.startsWith('.') ? resolve(plugin) : plugin;
}

/** The start file of the package that this module belongs to, whether it is installed or a checkout. */
function program(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const file = join(folder, 'config/setup/camera-service.mjs');
    if (existsSync(file)) return file;
    if (folder === dirname(folder)) throw new Error('the command camera-service is not in this package');
  }
}
