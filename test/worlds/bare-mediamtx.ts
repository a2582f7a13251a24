/** MediaMTX without this service: takes any publisher, gives to any reader. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { spawnOwned } from '../../adapters/_shared/child-process.js';
import { freePort, mediamtxBin, tempDir } from './media.js';

export interface BareMediaMtx {
  readonly pid: number;
  readonly ports: { readonly rtsp: number; readonly api: number };
  rtspUrl(path: string): string;
  isReady(path: string): Promise<boolean>;
  stop(): Promise<void>;
}

/** @param env what it has in its environment beside the usual, such as a time zone. */
export async function startBareMediaMtx(env: Record<string, string> = {}): Promise<BareMediaMtx> {
  const folder = await tempDir();
  const [rtsp, api] = [await freePort(), await freePort()];
  const file = join(folder.path, 'mediamtx.yml');
  const off = ['rtmp', 'hls', 'webrtc', 'srt', 'moq'].map((name) => `${name}: no`);
  const on = [
    `rtspAddress: 127.0.0.1:${rtsp}`,
    'rtspTransports: [tcp]',
    'api: yes',
    `apiAddress: 127.0.0.1:${api}`,
  ];
  await writeFile(file, ['logLevel: error', ...off, ...on, 'paths:', '  all_others:', ''].join('\n'));
  const child = await spawnOwned({
    label: 'bare MediaMTX',
    command: mediamtxBin(),
    args: [file],
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const list = async (): Promise<readonly { readonly name: string; readonly ready: boolean }[]> => {
    const response = await fetch(`http://127.0.0.1:${api}/v3/paths/list`);
    return ((await response.json()) as { items: { name: string; ready: boolean }[] }).items;
  };
  await poll(
    () =>
      list().then(
        () => true,
        () => false,
      ),
    10_000,
  );
  return {
    pid: child.pid,
    ports: { rtsp, api },
    rtspUrl: (path) => `rtsp://127.0.0.1:${rtsp}/${path}`,
    isReady: async (path) => (await list()).some(({ name, ready }) => name === path && ready),
    stop: async () => {
      await child.stop(2000);
      await folder.remove();
    },
  };
}

/** Asks again and again. @throws Error when the answer is still no after `withinMs`. */
export async function poll(ask: () => boolean | Promise<boolean>, withinMs: number): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await ask())) {
    if (performance.now() > end) throw new Error(`not true within ${withinMs} ms`);
    await delay(10);
  }
}

/** True while a process of this number runs; a zombie does not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
