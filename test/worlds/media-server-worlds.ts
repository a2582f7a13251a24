/** Worlds of the MediaServer contract: the real MediaMTX with ffmpeg around it, and memory. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createSystemClock } from '../../adapters/clock/system/system-clock.js';
import {
  createMediaMtxMediaServer,
  type MediaMtxDeps,
} from '../../adapters/media-server/mediamtx/mediamtx-media-server.js';
import type { MediaMtxOptions } from '../../adapters/media-server/mediamtx/settings.js';
import type { Logger } from '../../ports/logger.js';
import type { MediaServer } from '../../ports/media-server.js';
import type { MediaPeer, MediaServerWorld } from '../contract/media-server.contract.js';
import {
  freePort,
  mediamtxBin,
  publishTestPattern,
  tempDir,
  until,
  viewStream,
  type StreamViewer,
} from './media.js';

export const silentLog: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  isEnabled: () => false,
  child: () => silentLog,
  flush: () => Promise.resolve(),
};

export interface MediaMtxFixture {
  readonly server: MediaServer;
  readonly options: MediaMtxOptions;
  readonly dir: string;
  /** Number of the running MediaMTX, from the record of its process. */
  pid(): Promise<number>;
  recordings(): Promise<readonly string[]>;
}

/** Makes MediaMTX servers on free ports and forgets everything about them on `reset`. */
export class MediaMtxFactory {
  readonly #undo: (() => Promise<void>)[] = [];

  async create(
    overrides: Partial<MediaMtxOptions> = {},
    deps?: Partial<MediaMtxDeps>,
  ): Promise<MediaMtxFixture> {
    const dir = await tempDir();
    this.#undo.push(() => dir.remove());
    const [rtsp, webrtc, webrtcUdp, hls, api] = await Promise.all([1, 2, 3, 4, 5].map(() => freePort()));
    const options: MediaMtxOptions = {
      folders: { recordings: join(dir.path, 'recordings'), run: dir.path },
      binary: mediamtxBin(),
      bindHost: '127.0.0.1',
      ...{ rtspPort: rtsp ?? 0, webrtcPort: webrtc ?? 0, webrtcUdpPort: webrtcUdp ?? 0, hlsPort: hls ?? 0 },
      apiPort: api ?? 0,
      // A busy build machine may take longer than a service does.
      authTimeoutMs: 1_000,
      ...{ restarts: { minMs: 50 }, pollIntervalMs: 100 },
      ...overrides,
    };
    const server = createMediaMtxMediaServer(options, {
      log: silentLog,
      clock: createSystemClock(),
      ...deps,
    });
    this.#undo.push(() => server.stop(AbortSignal.timeout(5_000)));
    return {
      server,
      options,
      dir: dir.path,
      pid: () => recordedPid(dir.path),
      recordings: () => readdir(join(dir.path, 'recordings')).catch(() => []),
    };
  }

  /** Also for whatever a test wants undone. */
  onReset(undo: () => Promise<void>): void {
    this.#undo.push(undo);
  }

  async reset(): Promise<void> {
    for (let undo = this.#undo.pop(); undo !== undefined; undo = this.#undo.pop()) await undo();
  }
}

/** Publishes with ffmpeg; nothing when the server refuses. */
export async function publishWith(
  factory: MediaMtxFactory,
  server: MediaServer,
  url: string,
): Promise<MediaPeer | undefined> {
  const name = new URL(url).pathname.slice(1);
  const signal = new AbortController().signal;
  const child = await publishTestPattern({ url });
  let isAlive = true;
  void child.exited.then(() => {
    isAlive = false;
  });
  factory.onReset(() => child.stop(2_000));
  const isReady = async (): Promise<boolean> =>
    (await server.paths(signal)).some((path) => path.name === name && path.ready);
  await until('publisher accepted or refused', async () => !isAlive || (await isReady()), 8_000);
  if (!isAlive) return undefined;
  return {
    get isAlive() {
      return isAlive;
    },
    stop: () => child.stop(2_000),
  };
}

/** Watches with ffmpeg; nothing when the server refuses. */
export async function watchWith(factory: MediaMtxFactory, url: string): Promise<StreamViewer | undefined> {
  const viewer = await viewStream(url);
  factory.onReset(() => viewer.stop());
  return (await viewer.served) ? viewer : undefined;
}

export function withPassword(url: string, password: string): string {
  return url.replace('rtsp://', `rtsp://viewer:${encodeURIComponent(password)}@`);
}

export function mediaMtxWorld(): MediaServerWorld {
  const factory = new MediaMtxFactory();
  const fixtures = new Map<MediaServer, MediaMtxFixture>();
  const made = (fixture: MediaMtxFixture): MediaServer => {
    fixtures.set(fixture.server, fixture);
    return fixture.server;
  };
  const fixtureOf = (server: MediaServer): MediaMtxFixture => {
    const fixture = fixtures.get(server);
    if (fixture === undefined) throw new Error('not made by this world');
    return fixture;
  };
  return {
    withinMs: 10_000,
    create: async () => made(await factory.create()),
    createUnreachable: async () => {
      const url = `http://127.0.0.1:${await freePort()}`;
      return made(await factory.create({ mode: 'external', url }));
    },
    publish: (server, url) => publishWith(factory, server, url),
    view: async (server, path, credential) => {
      const viewer = await watchWith(
        factory,
        withPassword(server.viewerUrls(path, '127.0.0.1').rtsp, credential),
      );
      return viewer === undefined ? undefined : peerOf(viewer);
    },
    killServer: async (server) => {
      process.kill(await fixtureOf(server).pid(), 'SIGKILL');
    },
    recordedBytes: async (server, path) => {
      const { dir, recordings } = fixtureOf(server);
      const files = (await recordings()).filter((name) => name.startsWith(`${path}_`));
      const sizes = await Promise.all(
        files.map(async (name) => (await stat(join(dir, 'recordings', name))).size),
      );
      return sizes.reduce((sum, size) => sum + size, 0);
    },
    reset: () => factory.reset(),
  };
}

function peerOf(viewer: StreamViewer): MediaPeer {
  return {
    get isAlive() {
      return viewer.isAlive();
    },
    stop: () => viewer.stop(),
  };
}

async function recordedPid(runDir: string): Promise<number> {
  const folder = join(runDir, 'children');
  for (const name of await readdir(folder)) {
    const record = JSON.parse(await readFile(join(folder, name), 'utf8')) as {
      readonly pid: number;
      readonly label: string;
    };
    if (record.label === 'mediamtx') return record.pid;
  }
  throw new Error('MediaMTX is not running');
}
