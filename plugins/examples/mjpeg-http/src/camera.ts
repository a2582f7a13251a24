/** Probe, grabber and capture: what can be done with a camera that was announced. */
import { publishJpegs, type JpegPicture } from 'mediamtx-camera-service/kit';
import {
  PortError,
  type AdapterContext,
  type CameraProbe,
  type Capture,
  type Clock,
  type FrameGrabber,
} from 'mediamtx-camera-service/plugin-api';
import { imagesOf, type ImageSettings } from './images.js';
import { KIND, targetOf } from './target.js';

const KINDS = [KIND];
const MAX_IMAGE_BYTES = 16 * 1024 * 1024;
/** Probe and grabber have deadlines of their own, which are shorter. */
const PATIENCE_MS = 60_000;
const WARM_UP_INTERVAL_MS = 100;
/** Viewers see an image when the next one comes. */
const REPEAT_MS = 1000;

export interface CaptureSettings {
  readonly snapshot_fps: number;
  readonly stall_ms: number;
  readonly ffmpeg_path: string;
  readonly max_bitrate_kbps: number;
}

export function createProbe(clock: Clock): CameraProbe {
  return {
    name: KIND,
    supports: { kinds: KINDS },
    probe: async (source, signal) => {
      const { width, height } = await imageAfter(0, imagesOf(targetOf(source), patient(clock), signal));
      const sizes = [{ width, height, fps: [] }];
      const formats = [{ pixelFormat: 'MJPG', description: 'Motion-JPEG', compressed: true, sizes }];
      return { driver: KIND, card: source.name, bus: '', formats, controls: [] };
    },
  };
}

export function createGrabber(clock: Clock): FrameGrabber {
  return {
    name: KIND,
    supports: { kinds: KINDS, tier: 0, exclusive: false },
    grab: async ({ source, warmUpFrames }, signal) => {
      const { jpeg, width, height } = await imageAfter(
        warmUpFrames,
        imagesOf(targetOf(source), patient(clock), signal),
      );
      return { jpeg, width, height, sequence: warmUpFrames + 1, capturedAt: clock.now() };
    },
  };
}

export function createCapture(
  {
    snapshot_fps,
    stall_ms: stallMs,
    ffmpeg_path: ffmpegPath,
    max_bitrate_kbps: maxBitrateKbps,
  }: CaptureSettings,
  { clock, log, directories }: Pick<AdapterContext, 'clock' | 'log' | 'directories'>,
): Capture {
  const settings = { clock, stallMs, intervalMs: 1000 / snapshot_fps, maxImageBytes: MAX_IMAGE_BYTES };
  return {
    name: KIND,
    supports: { kinds: KINDS, exclusive: false },
    start: async (job, signal) => {
      const target = targetOf(job.source);
      const frames = (until: AbortSignal): AsyncIterable<Uint8Array> =>
        repeated((ending) => imagesOf(target, settings, ending), clock, until);
      const given = { job, frames, clock, log, runDir: directories.run, maxFrameBytes: MAX_IMAGE_BYTES };
      return publishJpegs({ ...given, ffmpegPath, maxBitrateKbps }, signal);
    },
  };
}

function patient(clock: Clock): ImageSettings {
  return { clock, intervalMs: WARM_UP_INTERVAL_MS, stallMs: PATIENCE_MS, maxImageBytes: MAX_IMAGE_BYTES };
}

async function imageAfter(skipped: number, images: AsyncIterable<JpegPicture>): Promise<JpegPicture> {
  let left = skipped;
  for await (const image of images) {
    if (left === 0) return image;
    left -= 1;
  }
  throw new PortError('NO_FRAME', { message: 'the camera sent no image' });
}

/** The images as they come, and the newest again when a slow camera lets its viewers wait. */
async function* repeated(
  open: (ending: AbortSignal) => AsyncGenerator<JpegPicture>,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const ending = new AbortController();
  const images = open(AbortSignal.any([signal, ending.signal]));
  let newest: Uint8Array | undefined;
  let coming = images.next();
  try {
    for (;;) {
      // It may fail while nobody waits for it.
      coming.catch(() => undefined);
      const result = await within(REPEAT_MS, coming, clock);
      if (result?.done === true) return;
      if (result !== undefined) coming = images.next();
      newest = result?.value.jpeg ?? newest;
      if (newest !== undefined) yield newest;
    }
  } finally {
    ending.abort();
    await coming.catch(() => undefined);
  }
}

/** @returns what has come, or `undefined` when it takes longer. */
async function within<T>(ms: number, coming: Promise<T>, clock: Clock): Promise<T | undefined> {
  let cancel = (): void => undefined;
  const late = new Promise<undefined>((resolve) => (cancel = clock.after(ms, () => resolve(undefined))));
  return Promise.race([coming, late]).finally(() => cancel());
}
