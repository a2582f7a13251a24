/** Asks a V4L2 camera what it can do, by ioctl on its node; starts no process and never streams. */
import type { CameraCapabilities, CameraProbe } from '../../../ports/camera-probe.js';
import type { SourceDescriptor } from '../../../ports/device-event-source.js';
import { V4l2Device, noCamera } from '../../_shared/v4l2/device.js';
import { readFormats } from '../../_shared/v4l2/enumerate.js';
import { BUFFER_TYPE_CAPTURE, MEMORY_MMAP, SIZE } from '../../_shared/v4l2/layout.js';
import type { Libc } from '../../_shared/v4l2/libc.js';
import { toDeviceError } from '../../_shared/v4l2/failure.js';
import { readControls } from './controls.js';
import { requireKind } from '../../_shared/source-kind.js';

export interface V4l2ProbeDeps {
  /** The way to the kernel; another one than the C library's for tests. */
  readonly loadLibc?: () => Promise<Libc>;
}

export const V4L2_PROBE = 'v4l2';

const KINDS = ['v4l2'];

export function createV4l2Probe(deps: V4l2ProbeDeps = {}): CameraProbe {
  return {
    name: V4L2_PROBE,
    supports: { kinds: KINDS },
    probe: (source, signal) => visit(source, signal, (path) => ask(path, signal, deps)),
    requireFree: (source, signal) => visit(source, signal, (path) => requireFree(path, signal, deps)),
  };
}

async function visit<T>(
  source: SourceDescriptor,
  signal: AbortSignal,
  task: (path: string) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  requireKind(source, KINDS);
  try {
    return await task(source.locator);
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

/**
 * Asks for no buffers. That changes nothing on an idle camera, and a queue that belongs to another program refuses it. In a thread
 * of the pool: the driver may have to wait for that program.
 */
async function requireFree(path: string, signal: AbortSignal, deps: V4l2ProbeDeps): Promise<void> {
  const device = await V4l2Device.open(path, deps.loadLibc);
  try {
    signal.throwIfAborted();
    const none = Buffer.alloc(SIZE.requestbuffers);
    none.writeUInt32LE(BUFFER_TYPE_CAPTURE, 4);
    none.writeUInt32LE(MEMORY_MMAP, 8);
    // Whatever else it answers, it is not that somebody has it.
    await device.command('REQBUFS', none, ['EINVAL', 'ENOTTY', 'EIO']);
  } finally {
    await device.close();
  }
  signal.throwIfAborted();
}
