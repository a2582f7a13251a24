import type koffiTypes from 'koffi';
import { getSystemErrorName } from 'node:util';
import { PortError } from '../../../ports/port-error.js';
import { NATIVE_PACKAGES } from '../plain/native-packages.mjs';

/** The few functions of the C library that Node does not offer. Structures are plain buffers everywhere. */
export interface Libc {
  /** In the thread of the caller: for requests that only read the driver's memory. */
  ioctl(fd: number, request: number, argument: Buffer): CallResult;
  /** In a thread of the pool: for requests that talk to the device, which may take its time. */
  ioctlAsync(fd: number, request: number, argument: Buffer): Promise<CallResult>;
  /** Maps a buffer of a device, shared, for reading. @throws SystemError */
  map(fd: number, length: number, offset: number): Mapping;
  socket(domain: number, type: number, protocol: number): CallResult;
  bind(fd: number, address: Buffer): CallResult;
  /** Of the socket itself, not of its protocol. */
  setOption(fd: number, option: number, value: Buffer): CallResult;
  /** Never waits. */
  receive(fd: number, into: Buffer): CallResult;
  /** @param address where to, as the socket's family spells it. */
  send(fd: number, bytes: Buffer, address: Buffer): CallResult;
  close(fd: number): void;
  /**
   * Has the event loop wait for a descriptor: no thread, no timer. Does not keep the process alive.
   * @param wake called once when there is something to read or an error to fetch; `arm` waits for the next time.
   */
  whenReadable(fd: number, wake: () => void): Readiness;
}

/** A descriptor that the event loop waits for. */
export interface Readiness {
  /** After each call of `wake`, once everything that was there has been read. */
  arm(): void;
  /** Before the descriptor is closed. `wake` is not called any more. May be repeated. */
  close(): void;
}

/** What a call answered; `errno` has a meaning when `value` is negative. */
export interface CallResult {
  readonly value: number;
  readonly errno: number;
}

/** Memory that the kernel writes into. Copy what is needed before the buffer goes back to the driver. */
export interface Mapping {
  readonly bytes: Uint8Array;
  /** After this `bytes` must not be touched: reading it would end the process. */
  unmap(): void;
}

/** A failed call of the kernel, with the name of its errno as `code`. */
export class SystemError extends Error {
  readonly code: string;

  constructor(call: string, errno: number) {
    const code = errno === 0 ? 'UNKNOWN' : getSystemErrorName(-errno);
    super(`${call}: ${code}`);
    this.name = 'SystemError';
    this.code = code;
  }
}

const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;
const MSG_DONTWAIT = 0x40;
const SOL_SOCKET = 1;
const READABLE = { readable: true };

let loading: Promise<Libc> | undefined;

/** @throws PortError `TOOL_MISSING` when the package that reaches the C library is not there. */
export function loadLibc(): Promise<Libc> {
  loading ??= bindLibc().catch((cause: unknown) => {
    loading = undefined;
    throw new PortError('TOOL_MISSING', {
      message: 'The package koffi cannot be loaded; V4L2 and uevents are not available',
      cause,
      detail: { tool: 'koffi', remedy: NATIVE_PACKAGES.koffi.install },
    });
  });
  return loading;
}

async function bindLibc(): Promise<Libc> {
  const { default: koffi } = await import('koffi');
  const lib = koffi.load(null);
  const result = (value: unknown): CallResult => ({ value: Number(value), errno: koffi.errno() });
  return {
    ...bindDevice(koffi, lib, result),
    ...bindSocket(lib, result),
    whenReadable: (fd, wake) => new PolledDescriptor(koffi, fd, wake),
  };
}

/**
 * libuv ends a poll by itself when the descriptor reports an error, such as a netlink socket that overran. So each wait is for one
 * wake-up, and begins anew.
 */
class PolledDescriptor implements Readiness {
  readonly #handle: ReturnType<Koffi['node']['poll']>;
  #isClosed = false;

  constructor(
    koffi: Koffi,
    fd: number,
    private readonly wake: () => void,
  ) {
    this.#handle = koffi.node.poll(fd, READABLE, this.#ring);
    this.#handle.unref();
  }

  arm(): void {
    if (!this.#isClosed) this.#handle.start(READABLE, this.#ring);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#handle.close();
  }

  /** Called by libuv itself, where an exception would have nowhere to go and promises would not run on. */
  readonly #ring = (): void => {
    this.#handle.stop();
    setImmediate(() => {
      if (!this.#isClosed) this.wake();
    });
  };
}

type Koffi = typeof koffiTypes;
type Library = ReturnType<Koffi['load']>;
type ToResult = (value: unknown) => CallResult;

function bindDevice(
  koffi: Koffi,
  lib: Library,
  result: ToResult,
): Pick<Libc, 'ioctl' | 'ioctlAsync' | 'map'> {
  const is64 = koffi.sizeof('void *') === 8;
  // Fixed prototypes for variadic functions: the same calling convention on the machines Node runs on, and several times faster.
  const ioctl = lib.func('ioctl', 'int', ['int', 'ulong', 'void *']);
  const mapping = ['void *', 'size_t', 'int', 'int', 'int', 'int64_t'];
  const mmap = lib.func(is64 ? 'mmap' : 'mmap64', 'void *', mapping);
  const munmap = lib.func('munmap', 'int', ['void *', 'size_t']);
  return {
    ioctl: (fd, request, argument) => result(ioctl(fd, request, argument)),
    ioctlAsync: (fd, request, argument) =>
      new Promise((resolve, reject) => {
        ioctl.async(fd, request, argument, (error: Error | null | undefined, value: unknown) => {
          if (error === null || error === undefined) resolve(result(value));
          else reject(error);
        });
      }),
    map(fd, length, offset) {
      const address: unknown = mmap(null, length, PROT_READ_WRITE, MAP_SHARED, fd, offset);
      if (isMapFailure(address)) throw new SystemError('mmap', koffi.errno());
      const bytes = new Uint8Array(koffi.view(address, length));
      return { bytes, unmap: () => void munmap(address, length) };
    },
  };
}

function bindSocket(
  lib: Library,
  result: ToResult,
): Omit<Libc, 'ioctl' | 'ioctlAsync' | 'map' | 'whenReadable'> {
  const socket = lib.func('socket', 'int', ['int', 'int', 'int']);
  const bind = lib.func('bind', 'int', ['int', 'void *', 'uint']);
  const setsockopt = lib.func('setsockopt', 'int', ['int', 'int', 'int', 'void *', 'uint']);
  const recv = lib.func('recv', 'intptr_t', ['int', 'void *', 'size_t', 'int']);
  const sendto = lib.func('sendto', 'intptr_t', ['int', 'void *', 'size_t', 'int', 'void *', 'uint']);
  const close = lib.func('close', 'int', ['int']);
  return {
    socket: (domain, type, protocol) => result(socket(domain, type, protocol)),
    bind: (fd, address) => result(bind(fd, address, address.length)),
    setOption: (fd, option, value) => result(setsockopt(fd, SOL_SOCKET, option, value, value.length)),
    receive: (fd, into) => result(recv(fd, into, into.length, MSG_DONTWAIT)),
    send: (fd, bytes, address) => result(sendto(fd, bytes, bytes.length, 0, address, address.length)),
    close: (fd) => void close(fd),
  };
}

/** MAP_FAILED is all ones, in as many bits as a pointer has. */
function isMapFailure(address: unknown): boolean {
  return (
    address === null || address === -1n || address === 0xffff_ffff_ffff_ffffn || address === 0xffff_ffffn
  );
}
