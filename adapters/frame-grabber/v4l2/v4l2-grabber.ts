/** Takes a picture from an idle V4L2 camera, by ioctl and mapped memory; starts no process. */
import type { FrameSize } from '../../../ports/camera-probe.js';
import type { CaptureFormat, Frame } from '../../../ports/capture.js';
import type { Clock } from '../../../ports/clock.js';
import type { FrameGrabber, GrabRequest } from '../../../ports/frame-grabber.js';
import { withDefaults, type CamelCased, type OptionValue } from '../../../ports/options.js';
import { PortError } from '../../../ports/port-error.js';
import { V4l2Device } from '../../_shared/v4l2/device.js';
import type { Libc } from '../../_shared/v4l2/libc.js';
import { readFormats } from '../../_shared/v4l2/enumerate.js';
import { toDeviceError } from '../../_shared/v4l2/failure.js';
import { CaptureStream, setFormat } from './capture-stream.js';
import type { DeliveredFormat } from './capture-stream.js';
import { Developer, canDevelop } from './developer.js';
import { V4L2_GRABBER_OPTIONS } from './options.js';
import { requireKind } from '../../_shared/source-kind.js';

export type V4l2GrabberOptions = Partial<CamelCased<OptionValue<typeof V4L2_GRABBER_OPTIONS>>>;

export interface V4l2GrabberDeps {
  readonly clock: Clock;
  /** The way to the kernel; another one than the C library's for tests. */
  readonly loadLibc?: () => Promise<Libc>;
}

export const V4L2_GRABBER = 'v4l2';

const KINDS = ['v4l2'];

export function createV4l2Grabber(options: V4l2GrabberOptions, deps: V4l2GrabberDeps): FrameGrabber {
  const settings: Settings = { ...withDefaults(V4L2_GRABBER_OPTIONS, options), deps };
  return {
    name: V4L2_GRABBER,
    supports: { kinds: KINDS, tier: 0 },
    grab: (request, signal) => grab(request, signal, settings),
  };
}

interface Settings extends Required<V4l2GrabberOptions> {
  readonly deps: V4l2GrabberDeps;
}

async function grab(request: GrabRequest, signal: AbortSignal, settings: Settings): Promise<Frame> {
  signal.throwIfAborted();
  requireKind(request.source, KINDS);
  const limit = new AbortController();
  const cancel = settings.deps.clock.after(settings.timeoutMs, () => {
    limit.abort(noFrame(settings.timeoutMs));
  });
  const either = AbortSignal.any([signal, limit.signal]);
  try {
    return await useDevice(request, either, settings);
  } catch (error) {
    throw either.aborted ? either.reason : await toDeviceError(error, request.source.locator);
  } finally {
    cancel();
  }
}

async function useDevice(request: GrabRequest, signal: AbortSignal, settings: Settings): Promise<Frame> {
  const developer = await Developer.load(settings.quality);
  const device = await V4l2Device.open(request.source.locator, settings.deps.loadLibc);
  try {
    signal.throwIfAborted();
    device.requireCapture();
    const format = await setFormat(device, stillFormat(device, request.format));
    const stream = new CaptureStream(device, settings.deps.clock);
    try {
      signal.throwIfAborted();
      await stream.start();
      return await firstGood(
        { stream, format, developer, warmUpFrames: request.warmUpFrames },
        signal,
        settings,
      );
    } finally {
      await stream.stop();
    }
  } finally {
    await device.close();
  }
}

interface Taking {
  readonly stream: CaptureStream;
  readonly format: DeliveredFormat;
  readonly developer: Developer;
  readonly warmUpFrames: number;
}

async function firstGood(taking: Taking, signal: AbortSignal, settings: Settings): Promise<Frame> {
  const { stream, format, developer } = taking;
  for (let count = 0; count < taking.warmUpFrames; count++) await stream.next(signal);
  for (let dark = 0; ;) {
    const picture = await stream.next(signal);
    const capturedAt = settings.deps.clock.now();
    const developed = await developer.develop(picture, format);
    if (developed === undefined) continue;
    if (developed.brightness < settings.darkBelow && dark++ < settings.darkFrames) continue;
    const { jpeg, width, height } = developed;
    // V4L2 counts from 0.
    return { jpeg, width, height, sequence: picture.sequence + 1, capturedAt };
  }
}

/** A camera that streams H.264 has single pictures as well: the same size in the first format that can become a JPEG. */
function stillFormat(device: V4l2Device, wanted: CaptureFormat): CaptureFormat {
  if (canDevelop(wanted.pixelFormat)) return wanted;
  const isSame = (size: FrameSize): boolean => size.width === wanted.width && size.height === wanted.height;
  const other = readFormats(device)
    .filter((format) => canDevelop(format.pixelFormat) && format.sizes.some(isSame))
    .sort((a, b) => Number(b.compressed) - Number(a.compressed))[0];
  if (other !== undefined) return { ...wanted, pixelFormat: other.pixelFormat };
  throw new PortError('DEVICE_UNSUPPORTED', {
    message: `Frames in the format ${wanted.pixelFormat} cannot be converted to JPEG`,
    detail: { reason: 'pixel_format', pixelFormat: wanted.pixelFormat },
  });
}

function noFrame(timeoutMs: number): PortError {
  return new PortError('NO_FRAME', {
    message: `The camera delivered no usable frame in ${String(timeoutMs)} ms`,
    retryable: true,
  });
}
