/** Synthetic cameras in a folder of their own, for tests: real ffmpeg, real sockets. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createSyntheticSource,
  type SyntheticCameraOptions,
  type SyntheticSource,
} from '../../adapters/device-event-source/synthetic/synthetic-source.js';
import type { CaptureFormat } from '../../ports/capture.js';
import type { DeviceEvent, SourceDescriptor } from '../../ports/device-event-source.js';
import type { Logger } from '../../ports/logger.js';
import { ffmpegBin } from './media.js';

export { realClock } from './real-clock.js';

export const silentLog: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  isEnabled: () => false,
  child: () => silentLog,
  flush: () => Promise.resolve(),
};

export const SMALL_CAMERA: SyntheticCameraOptions = { name: 'Test camera', width: 320, height: 240, fps: 15 };

export interface SyntheticWorld {
  readonly runDir: string;
  readonly source: SyntheticSource;
  readonly sources: readonly SourceDescriptor[];
  /** Events since the cameras were announced. */
  readonly events: readonly DeviceEvent[];
  format(camera: number): CaptureFormat;
  close(): Promise<void>;
}

/** Resolves when all cameras are plugged in. */
export async function openSyntheticWorld(
  cameras: readonly SyntheticCameraOptions[] = [SMALL_CAMERA],
  ffmpegPath = ffmpegBin(),
): Promise<SyntheticWorld> {
  const runDir = await mkdtemp(join(tmpdir(), 'synthetic-'));
  const source = createSyntheticSource({ cameras, runDir, ffmpegPath }, { log: silentLog });
  const stop = new AbortController();
  const events: DeviceEvent[] = [];
  const sources: SourceDescriptor[] = [];
  const iterator = source.watch(stop.signal)[Symbol.asyncIterator]();
  while (sources.length < cameras.length) {
    const { value, done } = await iterator.next();
    if (done === true) throw new Error('the synthetic source ended at once');
    if (value.type === 'added') sources.push(value.source);
  }
  const pump = (async () => {
    for (;;) {
      const { value, done } = await iterator.next();
      if (done === true) return;
      events.push(value);
    }
  })();
  return {
    runDir,
    source,
    sources,
    events,
    format: (camera) => {
      const { width, height, fps } = cameras[camera - 1] ?? SMALL_CAMERA;
      return { pixelFormat: 'MJPG', width, height, fps };
    },
    close: async () => {
      stop.abort();
      await pump;
      await rm(runDir, { recursive: true, force: true });
    },
  };
}
