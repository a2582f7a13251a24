/** The device side of USB/IP (Linux `Documentation/usb/usbip_protocol`): reads requests, writes answers. */
import type { Duplex } from 'node:stream';

const SUBMIT = 1;
const UNLINK = 2;
const RET_SUBMIT = 3;
const RET_UNLINK = 4;
const HEADER = 48;
const ECONNRESET = -104;
const EPIPE = -32;

/** One USB request of the kernel. */
export interface Urb {
  readonly sequence: number;
  readonly endpoint: number;
  readonly direction: 'in' | 'out';
  /** Bytes that are wanted, or that came along. */
  readonly length: number;
  /** The eight bytes of a control request. */
  readonly setup: Buffer;
  readonly data: Buffer;
}

export interface UsbDevice {
  submit(urb: Urb): void;
  /** Takes a request back. @returns false when it has been answered already. */
  unlink(sequence: number): boolean;
}

interface Head {
  readonly command: number;
  readonly sequence: number;
  readonly status: number;
  readonly length: number;
}

/** One connection; the kernel speaks first. */
export class UsbipConnection {
  #rest: Buffer = Buffer.alloc(0);

  constructor(
    private readonly stream: Duplex,
    private readonly device: UsbDevice,
  ) {
    stream.on('data', (data: Buffer) => {
      this.#rest = this.#drain(this.#rest.length > 0 ? Buffer.concat([this.#rest, data]) : data);
    });
    stream.on('error', () => undefined);
  }

  /** Answers a request: with data, with nothing (it took what came along), or, for `undefined`, with a refusal. */
  answer(urb: Urb, data: Buffer | undefined): void {
    const length = urb.direction === 'out' ? urb.length : (data?.length ?? 0);
    this.#write(
      { command: RET_SUBMIT, sequence: urb.sequence, status: data === undefined ? EPIPE : 0, length },
      data,
    );
  }

  /** Pulls the plug. */
  destroy(): void {
    this.stream.destroy();
  }

  /** @returns what is left of an unfinished packet. */
  #drain(bytes: Buffer): Buffer {
    let left = bytes;
    while (left.length >= HEADER) {
      const command = left.readUInt32BE(0);
      if (command !== SUBMIT && command !== UNLINK) throw new Error(`USB/IP command ${String(command)}`);
      const isOut = left.readUInt32BE(12) === 0;
      const end = HEADER + (command === SUBMIT && isOut ? left.readInt32BE(24) : 0);
      if (left.length < end) break;
      if (command === SUBMIT) this.device.submit(toUrb(left.subarray(0, end)));
      else this.#unlink(left);
      left = left.subarray(end);
    }
    return left;
  }

  #unlink(packet: Buffer): void {
    const status = this.device.unlink(packet.readUInt32BE(20)) ? ECONNRESET : 0;
    this.#write({ command: RET_UNLINK, sequence: packet.readUInt32BE(4), status, length: 0 });
  }

  #write({ command, sequence, status, length }: Head, data?: Buffer): void {
    if (!this.stream.writable) return;
    const head = Buffer.alloc(HEADER);
    head.writeUInt32BE(command, 0);
    head.writeUInt32BE(sequence, 4);
    head.writeInt32BE(status, 20);
    head.writeInt32BE(status < 0 ? 0 : length, 24);
    this.stream.write(data === undefined || data.length === 0 ? head : Buffer.concat([head, data]));
  }
}

function toUrb(packet: Buffer): Urb {
  return {
    sequence: packet.readUInt32BE(4),
    endpoint: packet.readUInt32BE(16),
    direction: packet.readUInt32BE(12) === 0 ? 'out' : 'in',
    length: packet.readInt32BE(24),
    setup: packet.subarray(40, HEADER),
    data: Buffer.from(packet.subarray(HEADER)),
  };
}
