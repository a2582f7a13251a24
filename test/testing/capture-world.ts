import type { Capture, CaptureFormat, CaptureSession, SourceDescriptor } from '../../ports/index.js';
import type { CaptureWorld } from '../contract/capture.contract.js';
import { testParts, type TestParts } from './parts.js';
import { startRtspServer, type RtspServer } from './rtsp-server.js';
import { receiveStream } from './rtsp-sink.js';
import { until } from './until.js';

/** What only the author of a capture knows: how it is made, and how its camera comes and goes. */
export interface CaptureSetting {
  create(parts: TestParts): Capture | Promise<Capture>;
  /** A camera that is plugged in. Asked for each case. */
  source(): SourceDescriptor | Promise<SourceDescriptor>;
  readonly format: CaptureFormat;
  unplug(): void | Promise<void>;
  /** Puts the camera back. */
  reset(): void | Promise<void>;
  /** From here on another program has the camera; left out where programs share it. */
  readonly occupy?: () => Promise<void>;
  /** How soon a picture or an end must come, in milliseconds. Default 10 000. */
  readonly withinMs?: number;
}

export interface CaptureTestWorld extends CaptureWorld {
  /** To be called after all cases: ends the RTSP server, removes the folders. */
  close(): Promise<void>;
}

const WITHIN_MS = 10_000;
const SECONDS_READ = 2;
const SECRET = 'topsecret';

/** The world of a capture that has a process, with a real RTSP server that is read as a viewer reads it. */
export function captureWorld(setting: CaptureSetting): CaptureTestWorld {
  const { withinMs = WITHIN_MS, occupy } = setting;
  const parts = testParts();
  let server: Promise<RtspServer> | undefined;
  let paths = 0;
  return {
    create: () => setting.create(parts),
    job: async () => {
      server ??= startRtspServer();
      const publishUrl = `${(await server).rtspUrl(`camera${(paths += 1)}`)}?nonce=${SECRET}`;
      const { format } = setting;
      return { camera: 'camera1', source: await setting.source(), format, publishUrl, tapFps: 5 };
    },
    secret: SECRET,
    received: async ({ publishUrl }) => {
      const [url = ''] = publishUrl.split('?');
      const path = new URL(url).pathname.slice(1);
      await until('a published stream', async () => (await server)?.isReady(path) ?? false, withinMs);
      return receiveStream(url, SECONDS_READ);
    },
    picture: () => undefined,
    unplug: async () => setting.unplug(),
    ...(occupy === undefined ? {} : { occupy }),
    freeze: ({ pid }: CaptureSession) => {
      if (pid !== undefined) process.kill(pid, 'SIGSTOP');
    },
    isLeft: ({ pid }) => pid !== undefined && isRunning(pid),
    reset: async () => setting.reset(),
    withinMs,
    close: async () => {
      await (await server)?.stop();
      parts.remove();
    },
  };
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
