import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { arch } from 'node:process';
import { PortError } from '../../../ports/port-error.js';
import { CAP, SIZE, layoutOf, requestsOf, textAt } from './layout.js';
import type { Layout, RequestName } from './layout.js';
import { SystemError, loadLibc } from './libc.js';
import type { CallResult, Libc, Mapping } from './libc.js';

/** What a node says about itself. */
export interface NodeCapability {
  readonly driver: string;
  readonly card: string;
  readonly bus: string;
  readonly deviceCaps: number;
}

/** An open V4L2 node. Whoever opens it closes it. */
export class V4l2Device {
  readonly layout: Layout = layoutOf(arch);
  readonly #requests = requestsOf(this.layout);

  private constructor(
    private readonly libc: Libc,
    private readonly handle: FileHandle,
  ) {}

  /**
   * @param load the way to the C library.
   * @throws the errno error of `open`; PortError `TOOL_MISSING`.
   */
  static async open(path: string, load: () => Promise<Libc> = loadLibc): Promise<V4l2Device> {
    const libc = await load();
    // In the thread pool: opening wakes a sleeping USB camera. Without blocking: an empty queue is then an error, not a wait.
    const handle = await open(path, constants.O_RDWR | constants.O_NONBLOCK);
    return new V4l2Device(libc, handle);
  }

  /**
   * A request that reads or changes the driver's memory only.
   * @param soft errno names that mean "no" rather than failure.
   * @returns false for one of these.
   * @throws SystemError
   */
  ask(name: RequestName, argument: Buffer, soft: readonly string[] = []): boolean {
    for (;;) {
      const result = this.libc.ioctl(this.handle.fd, this.#requests[name], argument);
      if (!isInterrupted(result)) return verdict(name, result, soft);
    }
  }

  /** Like `ask`, off the event loop: for requests that talk to the camera itself. */
  async command(name: RequestName, argument: Buffer, soft: readonly string[] = []): Promise<boolean> {
    for (;;) {
      const result = await this.libc.ioctlAsync(this.handle.fd, this.#requests[name], argument);
      if (!isInterrupted(result)) return verdict(name, result, soft);
    }
  }

  map(length: number, offset: number): Mapping {
    return this.libc.map(this.handle.fd, length, offset);
  }

  /** @throws PortError `DEVICE_UNSUPPORTED` (`not_capture`, `multiplanar`) when the node cannot be a camera here. */
  requireCapture(): NodeCapability {
    const buffer = Buffer.alloc(SIZE.capability);
    this.ask('QUERYCAP', buffer);
    const capabilities = buffer.readUInt32LE(84);
    const deviceCaps = (capabilities & CAP.deviceCaps) !== 0 ? buffer.readUInt32LE(88) : capabilities;
    const reason = whyNoCamera(deviceCaps);
    if (reason !== undefined) throw noCamera(reason);
    return {
      driver: textAt(buffer, 0, 16),
      card: textAt(buffer, 16, 32),
      bus: textAt(buffer, 48, 32),
      deviceCaps,
    };
  }

  async close(): Promise<void> {
    await this.handle.close();
  }
}

/** @returns the reason why a node with these capabilities is no camera, `undefined` when it is one. */
export function whyNoCamera(deviceCaps: number): 'not_capture' | 'multiplanar' | undefined {
  if ((deviceCaps & (CAP.memoryToMemory | CAP.mediaController)) !== 0) return 'not_capture';
  if ((deviceCaps & CAP.videoCapture) !== 0)
    return (deviceCaps & CAP.streaming) === 0 ? 'not_capture' : undefined;
  return (deviceCaps & CAP.videoCaptureMplane) === 0 ? 'not_capture' : 'multiplanar';
}

/** The node is there and is no camera. */
export function noCamera(reason: 'not_capture' | 'multiplanar'): PortError {
  const message =
    reason === 'not_capture'
      ? 'The node does not capture video'
      : 'The node supports only multi-planar formats, which are not supported';
  return new PortError('DEVICE_UNSUPPORTED', { message, detail: { reason } });
}

function isInterrupted(result: CallResult): boolean {
  return result.value < 0 && result.errno === 4;
}

function verdict(name: RequestName, result: CallResult, soft: readonly string[]): boolean {
  if (result.value >= 0) return true;
  const error = new SystemError(`VIDIOC_${name}`, result.errno);
  if (soft.includes(error.code)) return false;
  throw error;
}
