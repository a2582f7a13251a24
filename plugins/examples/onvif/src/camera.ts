/** Probe, grabber and capture: what can be done with a camera that was announced. */
import {
  JpegSplitter,
  publishJpegs,
  spawnOwned,
  type JpegPicture,
  type OwnedProgram,
} from 'mediamtx-camera-service/kit';
import {
  PortError,
  type AdapterContext,
  type CameraProbe,
  type Capture,
  type FrameGrabber,
  type SourceDescriptor,
} from 'mediamtx-camera-service/plugin-api';
import { KIND, targetOf, type StreamTarget } from './locator.js';

const KINDS = [KIND];
const MAX_IMAGE_BYTES = 16 * 1024 * 1024;
const STOP_MS = 500;
/** Within this time a camera sends its first image, or the next one. */
const STALL_MS = 10_000;

export interface ReadSettings {
  readonly ffmpeg_path: string;
}

export interface CaptureSettings extends ReadSettings {
  readonly max_bitrate_kbps: number;
}

type Parts = Pick<AdapterContext, 'clock' | 'log' | 'directories'>;

export function createProbe(settings: ReadSettings, parts: Parts): CameraProbe {
  return {
    name: KIND,
    supports: { kinds: KINDS },
    probe: async (source, signal) => {
      const { fps } = targetOf(source);
      const { width, height } = await imageAfter(0, imagesOf(source, { settings, parts }, signal));
      const sizes = [{ width, height, fps: fps > 0 ? [fps] : [] }];
      const formats = [{ pixelFormat: 'H264', description: 'RTSP', compressed: true, sizes }];
      return { driver: KIND, card: source.name, bus: '', formats, controls: [] };
    },
  };
}

export function createGrabber(settings: ReadSettings, parts: Parts): FrameGrabber {
  return {
    name: KIND,
    supports: { kinds: KINDS, tier: 1, exclusive: false },
    grab: async ({ source, warmUpFrames }, signal) => {
      const images = imagesOf(source, { settings, parts }, signal);
      const { jpeg, width, height } = await imageAfter(warmUpFrames, images);
      return { jpeg, width, height, sequence: warmUpFrames + 1, capturedAt: parts.clock.now() };
    },
  };
}

export function createCapture(settings: CaptureSettings, parts: Parts): Capture {
  return {
    name: KIND,
    supports: { kinds: KINDS, exclusive: false },
    start: async (job, signal) => {
      targetOf(job.source);
      const frames = async function* (until: AbortSignal): AsyncGenerator<Uint8Array> {
        for await (const { jpeg } of imagesOf(job.source, { settings, parts }, until)) yield jpeg;
      };
      const { ffmpeg_path: ffmpegPath, max_bitrate_kbps: maxBitrateKbps } = settings;
      const { clock, log, directories } = parts;
      const given = { job, frames, clock, log, runDir: directories.run, maxFrameBytes: MAX_IMAGE_BYTES };
      return publishJpegs({ ...given, ffmpegPath, maxBitrateKbps }, signal);
    },
  };
}

/**
 * Pulls the stream until `signal` aborts.
 * @throws PortError `DEVICE_UNSUPPORTED` for a source of another kind, `DEVICE_GONE` when the stream ends or stalls; the signal's reason.
 */
async function* imagesOf(
  source: SourceDescriptor,
  { settings, parts }: { readonly settings: ReadSettings; readonly parts: Parts },
  signal: AbortSignal,
): AsyncGenerator<JpegPicture> {
  const target = targetOf(source);
  signal.throwIfAborted();
  const child = await startReading(target, settings.ffmpeg_path, parts.directories.run);
  const onAbort = (): void => void child.stop(STOP_MS);
  signal.addEventListener('abort', onAbort, { once: true });
  let cancel = (): void => undefined;
  const expect = (): void => {
    cancel();
    cancel = parts.clock.after(STALL_MS, onAbort);
  };
  try {
    const splitter = new JpegSplitter(MAX_IMAGE_BYTES);
    expect();
    if (signal.aborted) onAbort();
    for await (const chunk of child.output()) {
      const images = splitter.push(chunk);
      if (images.length > 0) expect();
      yield* images;
    }
    signal.throwIfAborted();
    throw new PortError('DEVICE_GONE', {
      message: `${target.shown} ended or could not be opened`,
      retryable: true,
    });
  } finally {
    signal.removeEventListener('abort', onAbort);
    cancel();
    await child.stop(STOP_MS);
  }
}

async function startReading(target: StreamTarget, command: string, runDir: string): Promise<OwnedProgram> {
  const label = `RTSP of ${target.host}`;
  const stdio = ['pipe', 'pipe', 'pipe'] as const;
  const child = await spawnOwned({ label, command, args: ARGUMENTS, stdio, runDir });
  // By its input: the arguments of a process can be seen by everybody.
  child.write(new TextEncoder().encode(playlist(target)));
  child.endInput();
  return child;
}

/** Images of high quality: what is published is encoded again. */
const ARGUMENTS = [
  ...['-hide_banner', '-nostats', '-loglevel', 'error'],
  ...['-protocol_whitelist', 'pipe,rtsp,rtp,tcp,udp', '-fflags', 'nobuffer'],
  ...['-analyzeduration', '500000', '-probesize', '500000'],
  ...['-f', 'concat', '-safe', '0', '-i', 'pipe:0', '-map', '0:v:0', '-an', '-threads', '1'],
  ...[
    '-c:v',
    'mjpeg',
    '-q:v',
    '3',
    '-pix_fmt',
    'yuvj420p',
    '-fps_mode',
    'passthrough',
    '-f',
    'image2pipe',
    'pipe:1',
  ],
];

/** https://ffmpeg.org/ffmpeg-formats.html#concat-1 */
function playlist({ url }: StreamTarget): string {
  return `ffconcat version 1.0\nfile '${url.replaceAll("'", '%27')}'\noption rtsp_transport tcp\noption analyzeduration 500000\n`;
}

async function imageAfter(skipped: number, images: AsyncIterable<JpegPicture>): Promise<JpegPicture> {
  let left = skipped;
  for await (const image of images) {
    if (left === 0) return image;
    left -= 1;
  }
  throw new PortError('NO_FRAME', { message: 'the camera sent no image' });
}
