/** Asks a V4L2 camera what it can do, by ioctl on its node; starts no process and never streams. */
import type { CameraCapabilities, CameraProbe } from '../../../ports/camera-probe.js';
import type { SourceDescriptor } from '../../../ports/device-event-source.js';
import { PortError } from '../../../ports/port-error.js';
import { V4l2Device, noCamera } from '../../_shared/v4l2/device.js';
import { readFormats } from '../../_shared/v4l2/enumerate.js';
import type { Libc } from '../../_shared/v4l2/libc.js';
import { toDeviceError } from '../../_shared/v4l2/failure.js';
import { readControls } from './controls.js';

export interface V4l2ProbeDeps {
  /** The way to the kernel; another one than the C library's for tests. */
  readonly loadLibc?: () => Promise<Libc>;
}

export const V4L2_PROBE = 'v4l2';

export function createV4l2Probe(deps: V4l2ProbeDeps = {}): CameraProbe {
  return {
    name: V4L2_PROBE,
    supports: { kinds: ['v4l2'] },
    probe: (source, signal) => probe(source, signal, deps),
  };
}

async function probe(
  source: SourceDescriptor,
  signal: AbortSignal,
  deps: V4l2ProbeDeps,
): Promise<CameraCapabilities> {
  signal.throwIfAborted();
  if (source.kind !== 'v4l2') {
    throw new PortError('DEVICE_UNSUPPORTED', {
      message: `A source of kind ${source.kind} is not a V4L2 node`,
      detail: { reason: 'kind', kind: source.kind },
    });
  }
  try {
    return await ask(source.locator, signal, deps);
  } catch (error) {
    throw signal.aborted ? signal.reason : await toDeviceError(error, source.locator);
  }
}

async function ask(path: string, signal: AbortSignal, deps: V4l2ProbeDeps): Promise<CameraCapabilities> {
  const device = await V4l2Device.open(path, deps.loadLibc);
  try {
    signal.throwIfAborted();
    const { driver, card, bus } = device.requireCapture();
    const formats = readFormats(device);
    if (formats.length === 0) throw noCamera('not_capture');
    const controls = await readControls(device, signal);
    signal.throwIfAborted();
    return { driver, card, bus, formats, controls };
  } finally {
    await device.close();
  }
}
