/**
 * The structures of `linux/videodev2.h` as offsets into plain buffers, little-endian. Two of them differ between 64- and 32-bit
 * programs: `v4l2_format` holds a pointer, `v4l2_buffer` a pointer and a time. For 32 bits the layout with the short time is
 * used, whatever the C library thinks of time: kernels accept it unless they were built without 32-bit time.
 */
export interface Layout {
  readonly formatSize: number;
  /** Offset of the `fmt` union. */
  readonly formatBody: number;
  readonly bufferSize: number;
  readonly bufferSequence: number;
  readonly bufferMemory: number;
  /** Offset of the `m` union. */
  readonly bufferOffset: number;
  readonly bufferLength: number;
}

const LP64: Layout = {
  formatSize: 208,
  formatBody: 8,
  bufferSize: 88,
  bufferSequence: 56,
  bufferMemory: 60,
  bufferOffset: 64,
  bufferLength: 72,
};

const ILP32: Layout = {
  formatSize: 204,
  formatBody: 4,
  bufferSize: 68,
  bufferSequence: 44,
  bufferMemory: 48,
  bufferOffset: 52,
  bufferLength: 56,
};

/** @param architecture as `process.arch` has it. */
export function layoutOf(architecture: string): Layout {
  return ['arm', 'ia32', 'mips', 'mipsel', 'ppc'].includes(architecture) ? ILP32 : LP64;
}

/** Sizes that are the same everywhere. */
export const SIZE = {
  capability: 104,
  fmtdesc: 64,
  frmsizeenum: 44,
  frmivalenum: 52,
  requestbuffers: 20,
  streamparm: 204,
  queryctrl: 68,
  queryExtCtrl: 232,
  querymenu: 44,
  int: 4,
} as const;

const READ = 2;
const WRITE = 1;

/** A request number: direction, size of the structure, the letter V, and the number of the request. */
function request(direction: number, number: number, size: number): number {
  return ((direction << 30) | (size << 16) | (0x56 << 8) | number) >>> 0;
}

export type RequestName =
  | 'QUERYCAP'
  | 'ENUM_FMT'
  | 'S_FMT'
  | 'REQBUFS'
  | 'QUERYBUF'
  | 'QBUF'
  | 'DQBUF'
  | 'STREAMON'
  | 'STREAMOFF'
  | 'S_PARM'
  | 'QUERYCTRL'
  | 'QUERYMENU'
  | 'ENUM_FRAMESIZES'
  | 'ENUM_FRAMEINTERVALS'
  | 'QUERY_EXT_CTRL';

/** The request numbers for a layout. */
export function requestsOf(layout: Layout): Readonly<Record<RequestName, number>> {
  return {
    QUERYCAP: request(READ, 0, SIZE.capability),
    ENUM_FMT: request(READ | WRITE, 2, SIZE.fmtdesc),
    S_FMT: request(READ | WRITE, 5, layout.formatSize),
    REQBUFS: request(READ | WRITE, 8, SIZE.requestbuffers),
    QUERYBUF: request(READ | WRITE, 9, layout.bufferSize),
    QBUF: request(READ | WRITE, 15, layout.bufferSize),
    DQBUF: request(READ | WRITE, 17, layout.bufferSize),
    STREAMON: request(WRITE, 18, SIZE.int),
    STREAMOFF: request(WRITE, 19, SIZE.int),
    S_PARM: request(READ | WRITE, 22, SIZE.streamparm),
    QUERYCTRL: request(READ | WRITE, 36, SIZE.queryctrl),
    QUERYMENU: request(READ | WRITE, 37, SIZE.querymenu),
    ENUM_FRAMESIZES: request(READ | WRITE, 74, SIZE.frmsizeenum),
    ENUM_FRAMEINTERVALS: request(READ | WRITE, 75, SIZE.frmivalenum),
    QUERY_EXT_CTRL: request(READ | WRITE, 103, SIZE.queryExtCtrl),
  };
}

/** Bits of `device_caps`. */
export const CAP = {
  videoCapture: 0x1,
  videoCaptureMplane: 0x1000,
  memoryToMemory: 0x4000 | 0x8000,
  mediaController: 0x2000_0000,
  streaming: 0x0400_0000,
  /** In `capabilities`: `device_caps` is filled in. */
  deviceCaps: 0x8000_0000,
} as const;

export const BUFFER_TYPE_CAPTURE = 1;
export const MEMORY_MMAP = 1;
/** In the flags of a buffer: what is inside is damaged. */
export const BUFFER_FLAG_ERROR = 0x40;
/** In the flags of a format. */
export const FORMAT_FLAG_COMPRESSED = 0x1;
/** Asks for the control after the one that is named. */
export const NEXT_CONTROL = 0x8000_0000;
export const CONTROL_FLAG_DISABLED = 0x1;

/** `MJPG` as the number V4L2 uses. */
export function fourccToNumber(fourcc: string): number {
  return Buffer.from(fourcc.padEnd(4, ' '), 'latin1').readUInt32LE(0);
}

/** Marks the big-endian variant of a format, whose letters are the same. */
export const BIG_ENDIAN = 0x8000_0000;

/** The number as four letters. */
export function numberToFourcc(number: number): string {
  const letters = Buffer.alloc(4);
  letters.writeUInt32LE((number & ~BIG_ENDIAN) >>> 0, 0);
  return letters.toString('latin1');
}

/** Text that ends at the first zero or fills its field. */
export function textAt(buffer: Buffer, offset: number, length: number): string {
  const field = buffer.subarray(offset, offset + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? length : end);
}
