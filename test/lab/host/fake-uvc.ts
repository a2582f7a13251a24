/**
 * A USB webcam made of Node alone. It plays the device side of USB/IP on a connection whose other end belongs to the guest's
 * kernel (vhci-hcd); the real uvcvideo driver binds to it. It lives in the event loop of the test: do not block that.
 */
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { UsbipConnection } from './usbip.js';
import type { Urb } from './usbip.js';
import * as usb from './uvc-descriptors.js';
import type { UvcFormat, UvcFormatName, UvcIdentity } from './uvc-descriptors.js';

/** The n-th picture since the stream started; `undefined` sends nothing. */
export type PictureSource = (
  fourcc: UvcFormatName,
  size: { readonly width: number; readonly height: number },
  n: number,
) => Buffer | undefined;

export interface FakeUvcOptions extends Partial<UvcIdentity> {
  /** Best first. */
  readonly formats?: readonly UvcFormat[];
  readonly picture: PictureSource;
  /** From the start of the stream to its first picture; real cameras take 100 to 500. */
  readonly startDelayMs?: number;
}

const SET_CUR = 1;
const GET = { cur: 0x81, min: 0x82, max: 0x83, res: 0x84, len: 0x85, info: 0x86, def: 0x87 } as const;
const PROBE_BYTES = 26;
const SIZES = [
  { width: 320, height: 240, fps: [30, 15, 10, 5] },
  { width: 640, height: 480, fps: [30, 15, 10, 5] },
];
export const ALL_FORMATS: readonly UvcFormat[] = [
  { fourcc: 'MJPG', sizes: SIZES },
  { fourcc: 'H264', sizes: SIZES },
  { fourcc: 'YUYV', sizes: SIZES },
];

/** What a control request is answered with; `undefined` stalls it. */
type Answer = Buffer | undefined;
const bytes = (...values: readonly number[]): Buffer => Buffer.from(values);
const NOTHING = Buffer.alloc(0);

interface UvcEvents {
  attached: [];
  streaming: [fourcc: UvcFormatName, fps: number];
  stopped: [];
  detached: [];
}

export class FakeUvcCamera extends EventEmitter<UvcEvents> {
  /** While true no picture is sent and nothing fails: the hardest fault to notice. */
  frozen = false;
  readonly identity: UvcIdentity;
  readonly #formats: readonly UvcFormat[];
  readonly #levels = new Map([
    [2, 128],
    [3, 32],
  ]);
  #connection: UsbipConnection | undefined;
  #probe: Buffer;
  #commit: Buffer | undefined;
  #pending: Urb[] = [];
  #timer: NodeJS.Timeout | undefined;
  #sending: { readonly picture: Buffer; at: number } | undefined;
  #frameId = 0;

  constructor(private readonly options: FakeUvcOptions) {
    super();
    this.identity = {
      vendorId: options.vendorId ?? 0x1209,
      productId: options.productId ?? 0x0001,
      manufacturer: options.manufacturer ?? 'LabCam',
      product: options.product ?? 'Lab UVC Camera',
      serial: 'serial' in options ? options.serial : 'LAB0001',
    };
    this.#formats = options.formats ?? ALL_FORMATS;
    this.#probe = this.#negotiate(Buffer.alloc(PROBE_BYTES));
  }

  /** Takes the device's end of a USB/IP connection. */
  attach(socket: Socket): void {
    socket.setNoDelay(true);
    const connection = new UsbipConnection(socket, {
      submit: (urb) => {
        this.#submit(urb);
      },
      unlink: (sequence) => this.#unlink(sequence),
    });
    this.#connection = connection;
    socket.on('close', () => {
      if (this.#connection !== connection) return;
      this.#connection = undefined;
      this.#stop();
      this.emit('detached');
    });
    this.emit('attached');
  }

  /** Pulls the plug: the kernel sees the connection end and removes the device. */
  unplug(): void {
    this.#stop();
    this.#connection?.destroy();
  }

  #submit(urb: Urb): void {
    if (urb.endpoint === 0) {
      this.#connection?.answer(urb, this.#control(urb));
    } else if (urb.endpoint === 1 && urb.direction === 'in') {
      this.#pending.push(urb);
      this.#push();
    } else {
      this.#connection?.answer(urb, undefined);
    }
  }

  #unlink(sequence: number): boolean {
    const left = this.#pending.filter((urb) => urb.sequence !== sequence);
    const isFound = left.length < this.#pending.length;
    this.#pending = left;
    return isFound;
  }

  #control({ setup, data }: Urb): Answer {
    const isOfClass = (setup.readUInt8(0) & 0x60) === 0x20;
    const answer = isOfClass ? this.#classRequest(setup, data) : this.#standardRequest(setup);
    return answer?.subarray(0, setup.readUInt16LE(6));
  }

  #standardRequest(setup: Buffer): Answer {
    const type = setup.readUInt8(0);
    const request = setup.readUInt8(1);
    if (type === 0x80 && request === 6) return this.#descriptor(setup.readUInt8(3), setup.readUInt8(2));
    if (type === 0x80 && request === 0) return bytes(0, 0);
    if (type === 0x80 && request === 8) return bytes(1);
    if (type > 2) return undefined;
    // Clearing the halt of the endpoint is how a bulk stream is ended.
    if (type === 2 && request === 1) this.#stop();
    return NOTHING;
  }

  #classRequest(setup: Buffer, data: Buffer): Answer {
    const request = setup.readUInt8(1);
    const selector = setup.readUInt8(3);
    const unit = setup.readUInt8(5);
    const isSet = request === SET_CUR;
    if (setup.readUInt8(4) === 1 && (selector === 1 || selector === 2)) {
      return isSet ? this.#setStream(selector, data) : this.#getStream(selector, request);
    }
    if (unit === 2 && this.#levels.has(selector)) {
      return isSet ? this.#setLevel(selector, data) : this.#getLevel(selector, request);
    }
    // "Last error: invalid control."
    return unit === 0 && selector === 2 ? bytes(6) : undefined;
  }

  #descriptor(type: number, index: number): Answer {
    const { manufacturer, product, serial } = this.identity;
    if (type === 1) return usb.deviceDescriptor(this.identity);
    if (type === 2) return usb.configuration(this.#formats);
    if (type === 3) return usb.stringDescriptor(index, [manufacturer, product, serial]);
    return type === 6 ? usb.QUALIFIER : undefined;
  }

  /** VS_PROBE is selector 1, VS_COMMIT 2. */
  #setStream(selector: number, data: Buffer): Answer {
    const asked = Buffer.alloc(PROBE_BYTES);
    data.copy(asked);
    this.#probe = this.#negotiate(asked);
    if (selector === 2) this.#start(this.#probe);
    return NOTHING;
  }

  #getStream(selector: number, request: number): Answer {
    if (request === GET.info) return bytes(3);
    if (request === GET.len) return bytes(...usb.le16(PROBE_BYTES));
    if (request === GET.def) return this.#negotiate(Buffer.alloc(PROBE_BYTES));
    return (selector === 2 ? this.#commit : undefined) ?? this.#probe;
  }

  #setLevel(selector: number, data: Buffer): Answer {
    this.#levels.set(selector, data.readInt16LE(0));
    return NOTHING;
  }

  #getLevel(selector: number, request: number): Answer {
    if (request === GET.info) return bytes(3);
    if (request === GET.len) return bytes(...usb.le16(2));
    const values = new Map<number, number>([
      [GET.cur, this.#levels.get(selector) ?? 0],
      [GET.min, 0],
      [GET.max, 255],
      [GET.res, 1],
      [GET.def, 128],
    ]);
    const value = values.get(request);
    return value === undefined ? undefined : bytes(...usb.le16(value));
  }

  #choice(block: Buffer) {
    const format = this.#formats[block.readUInt8(2) - 1] ?? this.#formats[0];
    const size = format?.sizes[block.readUInt8(3) - 1] ?? format?.sizes[0];
    if (format === undefined || size === undefined)
      throw new TypeError('a camera needs a format with a size');
    return { format, size };
  }

  /** Fills a probe block with the nearest thing the camera can do. */
  #negotiate(asked: Buffer): Buffer {
    const { format, size } = this.#choice(asked);
    const wanted = asked.readUInt32LE(4) || usb.interval(size.fps[0] ?? 30);
    const nearest = size.fps
      .map(usb.interval)
      .reduce((a, b) => (Math.abs(b - wanted) < Math.abs(a - wanted) ? b : a));
    const block = Buffer.alloc(PROBE_BYTES);
    asked.copy(block, 0, 0, 2);
    block.writeUInt8(this.#formats.indexOf(format) + 1, 2);
    block.writeUInt8(format.sizes.indexOf(size) + 1, 3);
    block.writeUInt32LE(nearest, 4);
    block.writeUInt32LE(size.width * size.height * 2, 18);
    block.writeUInt32LE(usb.MAX_PAYLOAD, 22);
    return block;
  }

  #start(commit: Buffer): void {
    this.#stop();
    this.#commit = commit;
    const { format, size } = this.#choice(commit);
    const periodMs = commit.readUInt32LE(4) / 1e4;
    const startMs = performance.now() + (this.options.startDelayMs ?? 0);
    let n = 0;
    const tick = (): void => {
      while (performance.now() - startMs >= n * periodMs) {
        this.#send(this.options.picture(format.fourcc, size, n));
        n += 1;
      }
    };
    this.#timer = setInterval(tick, Math.max(2, periodMs / 4));
    this.emit('streaming', format.fourcc, 1000 / periodMs);
  }

  #stop(): void {
    const was = this.#timer;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#sending = undefined;
    this.#pending = [];
    if (was !== undefined) this.emit('stopped');
  }

  /** Queues one picture, unless the previous one is on its way still: a camera has no memory for a second one. */
  #send(picture: Buffer | undefined): void {
    if (this.frozen || picture === undefined || this.#sending !== undefined) return;
    this.#frameId ^= 1;
    this.#sending = { picture, at: 0 };
    this.#push();
  }

  #push(): void {
    while (this.#sending !== undefined) {
      const urb = this.#pending.shift();
      if (urb === undefined) return;
      const { picture, at } = this.#sending;
      const end = Math.min(picture.length, at + Math.min(usb.MAX_PAYLOAD, urb.length) - 2);
      const isLast = end === picture.length;
      const head = bytes(2, 0x80 | this.#frameId | (isLast ? 2 : 0));
      this.#connection?.answer(urb, Buffer.concat([head, picture.subarray(at, end)]));
      this.#sending = isLast ? undefined : { picture, at: end };
    }
  }
}
