import { SystemError, loadLibc } from '../../_shared/v4l2/libc.js';
import type { CallResult, Libc, Readiness } from '../../_shared/v4l2/libc.js';

const AF_NETLINK = 16;
const SOCK_DGRAM = 2;
const SOCK_NONBLOCK_CLOEXEC = 0x800 | 0x8_0000;
const NETLINK_KOBJECT_UEVENT = 15;
/** The kernel's own messages, and what a udev daemon says after it has made links and set permissions. */
const GROUPS = 1 | 2;
const SO_RCVBUF = 8;
const SO_RCVBUFFORCE = 33;
const RECEIVE_BYTES = 1 << 20;
const EINTR = 4;
const EAGAIN = 11;
const ENOBUFS = 105;

/** One reading. `overrun`: the kernel had to throw messages away. */
export type Reading = Buffer | 'nothing' | 'overrun';

/** The socket on which the kernel announces devices. Reading never waits. */
export class UeventSocket {
  // A uevent has at most some 3 KiB; one that does not fit is cut and then is malformed.
  readonly #buffer = Buffer.alloc(16_384);
  #isClosed = false;
  #readiness: Readiness | undefined;

  private constructor(
    private readonly libc: Libc,
    private readonly fd: number,
  ) {}

  /** @throws SystemError; PortError `TOOL_MISSING`. */
  static async open(): Promise<UeventSocket> {
    const libc = await loadLibc();
    const fd = need(
      'socket',
      libc.socket(AF_NETLINK, SOCK_DGRAM | SOCK_NONBLOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT),
    );
    try {
      const bytes = Buffer.alloc(4);
      bytes.writeInt32LE(RECEIVE_BYTES);
      // More than the system's limit is for the privileged; others get what the limit allows.
      if (libc.setOption(fd, SO_RCVBUFFORCE, bytes).value < 0) {
        libc.setOption(fd, SO_RCVBUF, bytes);
      }
      need('bind', libc.bind(fd, netlinkAddress(GROUPS)));
    } catch (error) {
      libc.close(fd);
      throw error;
    }
    return new UeventSocket(libc, fd);
  }

  /** The next message; it is valid until the next call. @throws SystemError when the socket is of no more use. */
  read(): Reading {
    for (;;) {
      if (this.#isClosed) return 'nothing';
      const { value, errno } = this.libc.receive(this.fd, this.#buffer);
      if (value >= 0) return this.#buffer.subarray(0, value);
      if (errno === EAGAIN) return 'nothing';
      if (errno === ENOBUFS) return 'overrun';
      if (errno !== EINTR) throw new SystemError('recv', errno);
    }
  }

  /** Calls `wake` once, when there is something to read or an error to fetch. Does not keep the process alive. */
  whenReadable(wake: () => void): void {
    if (this.#isClosed) return;
    if (this.#readiness === undefined) this.#readiness = this.libc.whenReadable(this.fd, wake);
    else this.#readiness.arm();
  }

  /** May be repeated. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#readiness?.close();
    this.libc.close(this.fd);
  }
}

/** A `sockaddr_nl`: family, padding, port id (0: the kernel chooses, or is meant), groups. */
export function netlinkAddress(groups: number): Buffer {
  const address = Buffer.alloc(12);
  address.writeUInt16LE(AF_NETLINK, 0);
  address.writeUInt32LE(groups, 8);
  return address;
}

function need(call: string, result: CallResult): number {
  if (result.value < 0) throw new SystemError(call, result.errno);
  return result.value;
}
