/** A copy of what is in the repository, as a fresh clone has it, in a home where nothing has been yet. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { checkout } from '../../../config/setup/paths.mjs';
import { mediamtxBin } from '../../worlds/media.js';
import { descendantsOf, isRunning, signalProcess, type ProcessInfo } from '../../worlds/processes.js';
import type { ServicePorts } from '../../worlds/service.js';

const KEPT_OUTPUT = 64 * 1024;
const PASSED_ON = ['PATH', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE'];

export interface Clone {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  remove(): void;
}

/** The caches of npm and of MediaMTX are shared: what they spare is minutes of download, not steps. */
export function makeClone(ports: ServicePorts): Clone {
  const base = mkdtempSync(join(tmpdir(), 'cs-clone-'));
  const folder = join(base, 'camera-service');
  const home = join(base, 'home');
  mkdirSync(home);
  for (const file of sources()) {
    const to = join(folder, file);
    mkdirSync(dirname(to), { recursive: true });
    cpSync(join(checkout, file), to);
  }
  const env = { ...passedOn(), ...npmSettings(), ...portSettings(ports), HOME: home, TZ: 'UTC' };
  return { folder, env, remove: () => rmSync(base, { recursive: true, force: true }) };
}

/** An environment in which whatever asks the network fails. */
export function offline(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const nowhere = 'http://127.0.0.1:9';
  const proxies = ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy'].map((name) => [name, nowhere]);
  return { ...env, ...Object.fromEntries(proxies), NO_PROXY: '', npm_config_offline: 'true', GOPROXY: 'off' };
}

export interface Started {
  readonly startedAt: number;
  readonly exited: Promise<number | null>;
  output(): string;
  /** As Ctrl-C in a terminal does: everybody in the foreground gets it. */
  interrupt(): void;
  /** Ends by force whatever is left; returns that. */
  clear(): readonly ProcessInfo[];
}

export function npmStart({ folder }: Clone, env: NodeJS.ProcessEnv): Started {
  const startedAt = performance.now();
  const child: ChildProcess = spawn('npm', ['start'], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const pid = child.pid ?? 0;
  let output = '';
  let seen: readonly ProcessInfo[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-KEPT_OUTPUT);
    });
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return {
    startedAt,
    exited,
    output: () => output,
    interrupt: () => {
      seen = descendantsOf(pid);
      process.kill(-pid, 'SIGINT');
    },
    clear: () => {
      const left = [...seen, ...descendantsOf(pid)].filter(isRunning);
      for (const each of left) signalProcess(each, 'SIGKILL');
      child.kill('SIGKILL');
      return left;
    },
  };
}

function sources(): readonly string[] {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', '-z'];
  const listed = execFileSync('git', args, { cwd: checkout, encoding: 'utf8' }).split('\0').filter(Boolean);
  const gone = execFileSync('git', ['ls-files', '--deleted', '-z'], { cwd: checkout, encoding: 'utf8' });
  return listed.filter((file) => !gone.split('\0').includes(file));
}

function passedOn(): NodeJS.ProcessEnv {
  const names = [...PASSED_ON, ...PASSED_ON.map((name) => name.toLowerCase())];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}

/** Where npm keeps what it has fetched before, and whom it asks otherwise. */
function npmSettings(): NodeJS.ProcessEnv {
  const ask = (key: string): string =>
    execFileSync('npm', ['config', 'get', key], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  return {
    npm_config_cache: ask('cache'),
    npm_config_registry: ask('registry'),
    npm_config_prefer_offline: 'true',
    npm_config_update_notifier: 'false',
    MEDIAMTX_BIN: mediamtxBin(),
  };
}

function portSettings(ports: ServicePorts): NodeJS.ProcessEnv {
  const settings = {
    SERVER_PORT: ports.api,
    HEALTH_PORT: ports.health,
    MEDIAMTX_RTSP_PORT: ports.rtsp,
    MEDIAMTX_WEBRTC_PORT: ports.webrtc,
    MEDIAMTX_WEBRTC_UDP_PORT: ports.webrtcUdp,
    MEDIAMTX_HLS_PORT: ports.hls,
    MEDIAMTX_API_PORT: ports.mediaApi,
  };
  return Object.fromEntries(
    Object.entries(settings).map(([name, port]) => [`CAMERA_SERVICE_${name}`, String(port)]),
  );
}
