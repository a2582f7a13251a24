/** MediaMTX without the service: takes any publisher, gives to any reader. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cachedMediaMtx, spawnOwned } from '../../adapters/_shared/child-process.js';
import { freePorts } from './free-ports.js';
import { until } from './until.js';

export interface RtspServer {
  readonly pid: number;
  readonly ports: { readonly rtsp: number; readonly api: number };
  /** Where a stream can be published, and played. */
  rtspUrl(path: string): string;
  /** Whether somebody publishes there, and it can be played. */
  isReady(path: string): Promise<boolean>;
  stop(): Promise<void>;
}

const UP_WITHIN_MS = 10_000;
const STOP_MS = 2000;

/**
 * Starts the MediaMTX that `MEDIAMTX_BIN` names, that the service has installed for this user, or that is on the search path.
 * @param env what it has in its environment beside the usual, such as a time zone.
 * @throws PortError `TOOL_MISSING` when there is none.
 */
export async function startRtspServer(env: Record<string, string> = {}): Promise<RtspServer> {
  const folder = await mkdtemp(join(tmpdir(), 'rtsp-server-'));
  const [rtsp = 0, api = 0] = await freePorts(2);
  const file = join(folder, 'mediamtx.yml');
  await writeFile(file, configuration(rtsp, api));
  const child = await spawnOwned({
    label: 'RTSP server',
    command: mediamtx(),
    args: [file],
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const list = async (): Promise<readonly { readonly name: string; readonly ready: boolean }[]> => {
    const response = await fetch(`http://127.0.0.1:${api}/v3/paths/list`);
    return ((await response.json()) as { items: { name: string; ready: boolean }[] }).items;
  };
  const isUp = (): Promise<boolean> =>
    list().then(
      () => true,
      () => false,
    );
  await until('an RTSP server', isUp, UP_WITHIN_MS);
  return {
    pid: child.pid,
    ports: { rtsp, api },
    rtspUrl: (path) => `rtsp://127.0.0.1:${rtsp}/${path}`,
    isReady: async (path) => (await list()).some(({ name, ready }) => name === path && ready),
    stop: async () => {
      await child.stop(STOP_MS);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function configuration(rtsp: number, api: number): string {
  const off = ['rtmp', 'hls', 'webrtc', 'srt', 'moq'].map((name) => `${name}: no`);
  const on = [
    `rtspAddress: 127.0.0.1:${rtsp}`,
    'rtspTransports: [tcp]',
    'api: yes',
    `apiAddress: 127.0.0.1:${api}`,
  ];
  return ['logLevel: error', ...off, ...on, 'paths:', '  all_others:', ''].join('\n');
}

function mediamtx(): string {
  const cached = cachedMediaMtx();
  return process.env['MEDIAMTX_BIN'] || (existsSync(cached) ? cached : 'mediamtx');
}
