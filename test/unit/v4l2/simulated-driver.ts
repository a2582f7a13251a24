/** A V4L2 driver behind plain files: answers the ioctls of the adapters, so that they run where there is no camera. */
import { readlinkSync, readdirSync } from 'node:fs';
import { layoutOf, requestsOf } from '../../../adapters/_shared/v4l2/layout.js';
import type { RequestName } from '../../../adapters/_shared/v4l2/layout.js';
import {
  BUFFER_FLAG_ERROR,
  CAP,
  fourccToNumber,
  numberToFourcc,
} from '../../../adapters/_shared/v4l2/layout.js';
import type { CallResult, Libc } from '../../../adapters/_shared/v4l2/libc.js';

const LAYOUT = layoutOf('x64');
const NAMES = new Map(
  Object.entries(requestsOf(LAYOUT)).map(([name, number]) => [number, name as RequestName]),
);
const ERRNO = { EIO: 5, EAGAIN: 11, EBUSY: 16, ENODEV: 19, EINVAL: 22, ENOSPC: 28, ENOTTY: 25 } as const;
const OK: CallResult = { value: 0, errno: 0 };
const BUFFER_BYTES = 1 << 20;
const PERIOD_MS = 8;

export interface SimulatedPicture {
  readonly bytes: Buffer;
  readonly isFlagged?: boolean;
}

export type Errno = keyof typeof ERRNO;

export class SimulatedDriver {
  caps: number = CAP.videoCapture | CAP.streaming;
  formats: readonly string[] = ['MJPG', 'YUYV'];
  isFrozen = false;
  /** What a request fails with. */
  readonly failures = new Map<RequestName, Errno>();
  picture: (n: number) => SimulatedPicture = () => ({ bytes: Buffer.alloc(0) });
  /** Buffers that are mapped. */
  mapped = 0;
  isStreaming = false;
  #format = 'MJPG';
  #size = [320, 240] as const;
  #queued: number[] = [];
  #sequence = 0;
  #startedAt = 0;
  readonly #memory = new Map<number, Uint8Array>();

  readonly libc: Libc = {
    ioctl: (_, request, argument) => this.#ioctl(request, argument),
    ioctlAsync: async (_, request, argument) => this.#ioctl(request, argument),
    map: (_, length, offset) => {
      const bytes = new Uint8Array(length);
      this.#memory.set(offset, bytes);
      this.mapped += 1;
      return { bytes, unmap: () => void (this.mapped -= 1) };
    },
    socket: () => OK,
    bind: () => OK,
    setOption: () => OK,
    receive: () => OK,
    send: () => OK,
    whenReadable: () => ({ arm: () => undefined, close: () => undefined }),
    close: () => undefined,
  };

  readonly load = (): Promise<Libc> => Promise.resolve(this.libc);

  /** True while a node under `folder` is open in this process, or memory is mapped. */
  isLeft(folder: string): boolean {
    const target = (fd: string): string => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`);
      } catch {
        return '';
      }
    };
    return this.mapped > 0 || readdirSync('/proc/self/fd').some((fd) => target(fd).startsWith(folder));
  }

  #ioctl(request: number, argument: Buffer): CallResult {
    const name = NAMES.get(request);
    const failure = name === undefined ? 'ENOTTY' : (this.failures.get(name) ?? this.#answer(name, argument));
    return failure === undefined ? OK : { value: -1, errno: ERRNO[failure] };
  }

  #answer(name: RequestName, argument: Buffer): Errno | undefined {
    const answers: Readonly<Record<RequestName, (argument: Buffer) => Errno | undefined>> = {
      QUERYCAP: (b) => this.#queryCap(b),
      ENUM_FMT: (b) => this.#enumFormat(b),
      ENUM_FRAMESIZES: (b) => this.#enumSize(b),
      ENUM_FRAMEINTERVALS: (b) => this.#enumInterval(b),
      QUERY_EXT_CTRL: () => 'ENOTTY',
      QUERYCTRL: (b) => this.#queryControl(b),
      QUERYMENU: (b) => this.#queryMenu(b),
      S_FMT: (b) => this.#setFormat(b),
      S_PARM: () => undefined,
      REQBUFS: (b) => this.#requestBuffers(b),
      QUERYBUF: (b) => this.#queryBuffer(b),
      QBUF: (b) => void this.#queued.push(b.readUInt32LE(0)),
      DQBUF: (b) => this.#dequeue(b),
      STREAMON: () => this.#stream(true),
      STREAMOFF: () => this.#stream(false),
    };
    return answers[name](argument);
  }

  #queryCap(b: Buffer): undefined {
    b.write('simulated', 0);
    b.write('Simulated Camera', 16);
    b.write('usb-simulated-1', 48);
    b.writeUInt32LE(CAP.deviceCaps, 84);
    b.writeUInt32LE(this.caps, 88);
  }

  #enumFormat(b: Buffer): Errno | undefined {
    const format = this.formats[b.readUInt32LE(0)];
    if (format === undefined) return 'EINVAL';
    b.writeUInt32LE(format === 'MJPG' ? 1 : 0, 8);
    b.write(`${format} pictures`, 12);
    b.writeUInt32LE(fourccToNumber(format), 44);
    return undefined;
  }

  /** MJPG comes in two sizes, all others in steps. */
  #enumSize(b: Buffer): Errno | undefined {
    const index = b.readUInt32LE(0);
    if (numberToFourcc(b.readUInt32LE(4)) !== 'MJPG') {
      b.writeUInt32LE(3, 8);
      for (const [i, value] of [160, 640, 16, 120, 480, 8].entries()) b.writeUInt32LE(value, 12 + 4 * i);
      return index > 0 ? 'EINVAL' : undefined;
    }
    const size = [this.#size, [640, 480]][index];
    if (size === undefined) return 'EINVAL';
    b.writeUInt32LE(1, 8);
    for (const [i, value] of size.entries()) b.writeUInt32LE(value, 12 + 4 * i);
    return undefined;
  }

  #enumInterval(b: Buffer): Errno | undefined {
    const index = b.readUInt32LE(0);
    if (numberToFourcc(b.readUInt32LE(4)) !== 'MJPG') {
      b.writeUInt32LE(2, 16);
      for (const [i, value] of [1, 30, 1, 5, 1, 1].entries()) b.writeUInt32LE(value, 20 + 4 * i);
      return index > 0 ? 'EINVAL' : undefined;
    }
    const rate = [15, 30][index];
    if (rate === undefined) return 'EINVAL';
    b.writeUInt32LE(1, 16);
    b.writeUInt32LE(1, 20);
    b.writeUInt32LE(rate, 24);
    return undefined;
  }

  /** A class, a number, a disabled one and a menu with a hole. */
  #queryControl(b: Buffer): Errno | undefined {
    const asked = b.readUInt32LE(0) & 0x7fff_ffff;
    const controls = [
      { id: 1, type: 6, name: 'User Controls', values: [0, 0, 0, 0], flags: 0 },
      { id: 2, type: 1, name: 'Brightness', values: [-10, 10, 1, 0], flags: 0 },
      { id: 3, type: 1, name: 'Hidden', values: [0, 1, 1, 0], flags: 1 },
      { id: 4, type: 3, name: 'Mode', values: [0, 2, 1, 0], flags: 0 },
    ];
    const next = controls.find((c) => c.id > asked);
    if (next === undefined) return 'EINVAL';
    b.writeUInt32LE(next.id, 0);
    b.writeUInt32LE(next.type, 4);
    b.write(`${next.name}\0`, 8);
    for (const [i, value] of next.values.entries()) b.writeInt32LE(value, 40 + 4 * i);
    b.writeUInt32LE(next.flags, 56);
    return undefined;
  }

  #queryMenu(b: Buffer): Errno | undefined {
    const name = ['Auto', undefined, 'Manual'][b.readUInt32LE(4)];
    if (name === undefined) return 'EINVAL';
    b.write(`${name}\0`, 8);
    return undefined;
  }

  #setFormat(b: Buffer): undefined {
    const at = LAYOUT.formatBody;
    const wanted = numberToFourcc(b.readUInt32LE(at + 8));
    this.#format = this.formats.includes(wanted) ? wanted : (this.formats[0] ?? 'MJPG');
    b.writeUInt32LE(this.#size[0], at);
    b.writeUInt32LE(this.#size[1], at + 4);
    b.writeUInt32LE(fourccToNumber(this.#format), at + 8);
    b.writeUInt32LE(this.#format === 'MJPG' ? 0 : this.#size[0] * 2, at + 16);
  }

  #requestBuffers(b: Buffer): undefined {
    this.#queued = [];
    this.#memory.clear();
    b.writeUInt32LE(Math.min(b.readUInt32LE(0), 4), 0);
  }

  #queryBuffer(b: Buffer): undefined {
    b.writeUInt32LE(b.readUInt32LE(0) * BUFFER_BYTES, LAYOUT.bufferOffset);
    b.writeUInt32LE(BUFFER_BYTES, LAYOUT.bufferLength);
  }

  #dequeue(b: Buffer): Errno | undefined {
    if (!this.isStreaming) return 'EINVAL';
    const isDue = performance.now() - this.#startedAt >= this.#sequence * PERIOD_MS;
    const index = this.isFrozen || !isDue ? undefined : this.#queued.shift();
    if (index === undefined) return 'EAGAIN';
    const { bytes, isFlagged = false } = this.picture(this.#sequence);
    this.#memory.get(index * BUFFER_BYTES)?.set(bytes);
    b.writeUInt32LE(index, 0);
    b.writeUInt32LE(bytes.length, 8);
    b.writeUInt32LE(isFlagged ? BUFFER_FLAG_ERROR : 0, 12);
    b.writeUInt32LE(this.#sequence, LAYOUT.bufferSequence);
    this.#sequence += 1;
    return undefined;
  }

  #stream(isOn: boolean): undefined {
    this.isStreaming = isOn;
    this.#sequence = 0;
    this.#startedAt = performance.now();
  }
}
