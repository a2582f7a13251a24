import type { CaptureFormat } from '../../../ports/capture.js';
import type { Clock } from '../../../ports/clock.js';
import { PortError } from '../../../ports/port-error.js';
import type { V4l2Device } from '../../_shared/v4l2/device.js';
import { errnoName } from '../../_shared/v4l2/failure.js';
import {
  BUFFER_FLAG_ERROR,
  BUFFER_TYPE_CAPTURE,
  MEMORY_MMAP,
  SIZE,
  fourccToNumber,
  numberToFourcc,
} from '../../_shared/v4l2/layout.js';
import type { Mapping } from '../../_shared/v4l2/libc.js';

/** What the driver agreed to deliver. */
export interface DeliveredFormat {
  readonly pixelFormat: string;
  readonly width: number;
  readonly height: number;
  /** Bytes from one line to the next; 0 for compressed formats. */
  readonly stride: number;
  /** Luminance from 0 to 255 instead of 16 to 235. */
  readonly isFullRange: boolean;
}

/** A picture as the driver hands it over, in memory of our own. */
export interface RawPicture {
  readonly bytes: Buffer;
  readonly sequence: number;
  /** The driver says that something is wrong with it. */
  readonly isDamaged: boolean;
}

const BUFFERS = 4;
/** Between two looks at an empty queue; a picture waits half of it on average. */
const POLL_MS = 4;
const FULL_RANGE = 1;
const PRIV_MAGIC = 0xfeedcafe;
/** The queue was torn down under us, which is how some drivers say that the camera was pulled. */
const QUEUE_GONE = ['EINVAL', 'ENODEV', 'ENXIO'];

/** Asks for a format and checks the answer. @throws PortError `DEVICE_UNSUPPORTED` when the camera delivers another one. */
export async function setFormat(device: V4l2Device, wanted: CaptureFormat): Promise<DeliveredFormat> {
  const buffer = Buffer.alloc(device.layout.formatSize);
  const at = device.layout.formatBody;
  buffer.writeUInt32LE(BUFFER_TYPE_CAPTURE, 0);
  buffer.writeUInt32LE(wanted.width, at);
  buffer.writeUInt32LE(wanted.height, at + 4);
  buffer.writeUInt32LE(fourccToNumber(wanted.pixelFormat), at + 8);
  buffer.writeUInt32LE(PRIV_MAGIC, at + 28);
  await device.command('S_FMT', buffer);
  const pixelFormat = numberToFourcc(buffer.readUInt32LE(at + 8));
  if (pixelFormat !== wanted.pixelFormat) {
    throw new PortError('DEVICE_UNSUPPORTED', {
      message: `The camera delivers ${pixelFormat} instead of the requested ${wanted.pixelFormat}`,
      detail: { reason: 'format_refused', wanted: wanted.pixelFormat, offered: pixelFormat },
    });
  }
  await setRate(device, wanted.fps);
  return {
    pixelFormat,
    width: buffer.readUInt32LE(at),
    height: buffer.readUInt32LE(at + 4),
    stride: buffer.readUInt32LE(at + 16),
    isFullRange: buffer.readUInt32LE(at + 28) === PRIV_MAGIC && buffer.readUInt32LE(at + 40) === FULL_RANGE,
  };
}

/** A wish: cameras with a rate of their own stay with it. */
async function setRate(device: V4l2Device, fps: number): Promise<void> {
  const buffer = Buffer.alloc(SIZE.streamparm);
  buffer.writeUInt32LE(BUFFER_TYPE_CAPTURE, 0);
  buffer.writeUInt32LE(1000, 12);
  buffer.writeUInt32LE(Math.round(fps * 1000), 16);
  await device.command('S_PARM', buffer, ['EINVAL', 'ENOTTY', 'EIO']);
}

/** Pictures of an open device. Whoever makes it calls `stop`, also after a failure. */
export class CaptureStream {
  readonly #mappings: Mapping[] = [];

  constructor(
    private readonly device: V4l2Device,
    private readonly clock: Clock,
  ) {}

  /** @throws SystemError `EBUSY` while another program streams, `ENOSPC` without USB bandwidth. */
  async start(): Promise<void> {
    const count = await this.#request(BUFFERS);
    for (let index = 0; index < count; index++) {
      const buffer = this.#buffer(index);
      this.device.ask('QUERYBUF', buffer);
      const { bufferLength, bufferOffset } = this.device.layout;
      this.#mappings.push(
        this.device.map(buffer.readUInt32LE(bufferLength), buffer.readUInt32LE(bufferOffset)),
      );
      this.device.ask('QBUF', this.#buffer(index));
    }
    await this.device.command('STREAMON', captureType());
  }

  /**
   * The next picture, whenever it comes.
   * @throws PortError `DEVICE_GONE`; the signal's reason.
   */
  async next(signal: AbortSignal): Promise<RawPicture> {
    for (;;) {
      signal.throwIfAborted();
      const picture = this.#take();
      if (picture !== undefined) return picture;
      await this.clock.sleep(POLL_MS, signal);
    }
  }

  /** Gives everything back. What the driver refuses, because the camera has gone, ends with the node being closed. */
  async stop(): Promise<void> {
    await this.device.command('STREAMOFF', captureType()).catch(() => false);
    for (const mapping of this.#mappings.splice(0)) mapping.unmap();
    await this.#request(0).catch(() => 0);
  }

  #take(): RawPicture | undefined {
    const buffer = this.#buffer(0);
    try {
      if (!this.device.ask('DQBUF', buffer, ['EAGAIN', 'EIO'])) return undefined;
      const index = buffer.readUInt32LE(0);
      const picture = {
        // Copied: once the buffer is queued again the driver writes into it.
        bytes: Buffer.from(this.#mappings[index]?.bytes.subarray(0, buffer.readUInt32LE(8)) ?? []),
        sequence: buffer.readUInt32LE(this.device.layout.bufferSequence),
        isDamaged: (buffer.readUInt32LE(12) & BUFFER_FLAG_ERROR) !== 0,
      };
      this.device.ask('QBUF', this.#buffer(index));
      return picture;
    } catch (error) {
      if (!QUEUE_GONE.includes(errnoName(error) ?? '')) throw error;
      throw new PortError('DEVICE_GONE', {
        message: 'The camera has been disconnected',
        cause: error,
        retryable: true,
      });
    }
  }

  /** @returns how many the driver gives. */
  async #request(count: number): Promise<number> {
    const buffer = Buffer.alloc(SIZE.requestbuffers);
    buffer.writeUInt32LE(count, 0);
    buffer.writeUInt32LE(BUFFER_TYPE_CAPTURE, 4);
    buffer.writeUInt32LE(MEMORY_MMAP, 8);
    await this.device.command('REQBUFS', buffer);
    return buffer.readUInt32LE(0);
  }

  #buffer(index: number): Buffer {
    const buffer = Buffer.alloc(this.device.layout.bufferSize);
    buffer.writeUInt32LE(index, 0);
    buffer.writeUInt32LE(BUFFER_TYPE_CAPTURE, 4);
    buffer.writeUInt32LE(MEMORY_MMAP, this.device.layout.bufferMemory);
    return buffer;
  }
}

function captureType(): Buffer {
  const buffer = Buffer.alloc(SIZE.int);
  buffer.writeUInt32LE(BUFFER_TYPE_CAPTURE);
  return buffer;
}
