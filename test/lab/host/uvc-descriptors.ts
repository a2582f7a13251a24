/**
 * The USB descriptors of a UVC 1.0 bulk webcam, as plain bytes. Names follow "Universal Serial Bus Device Class Definition for
 * Video Devices", revision 1.1.
 */
export type UvcFormatName = 'MJPG' | 'YUYV' | 'H264';

export interface UvcSize {
  readonly width: number;
  readonly height: number;
  /** Frames per second, best first. */
  readonly fps: readonly number[];
}

export interface UvcFormat {
  readonly fourcc: UvcFormatName;
  readonly sizes: readonly UvcSize[];
}

export interface UvcIdentity {
  readonly vendorId: number;
  readonly productId: number;
  readonly manufacturer: string;
  readonly product: string;
  /** `undefined` for a camera without one. */
  readonly serial: string | undefined;
}

export const le16 = (n: number): readonly number[] => [n & 255, (n >> 8) & 255];
export const le32 = (n: number): readonly number[] => [
  n & 255,
  (n >>> 8) & 255,
  (n >>> 16) & 255,
  (n >>> 24) & 255,
];

/** Frame interval in the unit of UVC: 100 ns. */
export const interval = (fps: number): number => Math.round(1e7 / fps);

/** The largest payload of one bulk transfer. uvcvideo cuts its URBs at 32 packets of 512 bytes, so more would not help. */
export const MAX_PAYLOAD = 16_384;

const CS_INTERFACE = 0x24;
const FRAME_BASED = 0x11;

const guid = (fourcc: string): readonly number[] => [
  ...Buffer.from(fourcc, 'latin1'),
  ...[0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71],
];

interface Kind {
  /** Subtype of the frame descriptors. */
  readonly frame: number;
  /** Format descriptor of the `i`-th format with `n` frames. */
  readonly head: (i: number, n: number) => readonly number[];
}

const KINDS: Readonly<Record<UvcFormatName, Kind>> = {
  MJPG: { frame: 7, head: (i, n) => [11, CS_INTERFACE, 6, i, n, 1, 1, 0, 0, 0, 0] },
  YUYV: { frame: 5, head: (i, n) => [27, CS_INTERFACE, 4, i, n, ...guid('YUY2'), 16, 1, 0, 0, 0, 0] },
  H264: {
    frame: FRAME_BASED,
    head: (i, n) => [28, CS_INTERFACE, 0x10, i, n, ...guid('H264'), 16, 1, 0, 0, 0, 0, 1],
  },
};

/** One VS_FRAME descriptor. Frame-based formats (H.264) have no buffer size and name the interval count earlier. */
function frameDescriptor(subtype: number, index: number, size: UvcSize): readonly number[] {
  const { width, height, fps } = size;
  const first = le32(interval(fps[0] ?? 30));
  const head = [
    ...[26 + 4 * fps.length, CS_INTERFACE, subtype, index, 0, ...le16(width), ...le16(height)],
    ...[...le32(width * height * 16), ...le32(width * height * 16 * 30)],
  ];
  const intervals = fps.flatMap((f) => le32(interval(f)));
  return subtype === FRAME_BASED
    ? [...head, ...first, fps.length, ...le32(0), ...intervals]
    : [...head, ...le32(width * height * 2), ...first, fps.length, ...intervals];
}

/** One control interface (camera, brightness and contrast, USB) and one streaming interface. */
export function configuration(formats: readonly UvcFormat[]): Buffer {
  const streams = formats.flatMap(({ fourcc, sizes }, i) => {
    const kind = KINDS[fourcc];
    const frames = sizes.flatMap((size, k) => frameDescriptor(kind.frame, k + 1, size));
    return [...kind.head(i + 1, sizes.length), ...frames];
  });
  const n = formats.length;
  const inputHeader = [
    ...[13 + n, CS_INTERFACE, 1, n, ...le16(13 + n + streams.length), 0x81, 0, 3, 0, 0, 0, 1],
    ...formats.map(() => 0),
  ];
  const cameraTerminal = [18, CS_INTERFACE, 2, 1, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0];
  const processingUnit = [11, CS_INTERFACE, 5, 2, 1, 0, 0, 2, 3, 0, 0];
  const outputTerminal = [9, CS_INTERFACE, 3, 3, 1, 1, 0, 2, 0];
  const units = [...cameraTerminal, ...processingUnit, ...outputTerminal];
  const body = [
    ...[8, 11, 0, 2, 14, 3, 0, 2],
    ...[9, 4, 0, 0, 0, 14, 1, 0, 2],
    ...[13, CS_INTERFACE, 1, 0, 1, ...le16(13 + units.length), ...le32(48_000_000), 1, 1, ...units],
    ...[9, 4, 1, 0, 1, 14, 2, 0, 0, ...inputHeader, ...streams],
    ...[7, 5, 0x81, 2, ...le16(512), 0],
  ];
  return Buffer.from([9, 2, ...le16(9 + body.length), 2, 1, 0, 0x80, 250, ...body]);
}

export function deviceDescriptor({ vendorId, productId, serial }: UvcIdentity): Buffer {
  const ids = [...le16(vendorId), ...le16(productId)];
  return Buffer.from([18, 1, 0, 2, 0xef, 2, 1, 64, ...ids, 0, 1, 1, 2, serial === undefined ? 0 : 3, 1]);
}

export const QUALIFIER = Buffer.from([10, 6, 0, 2, 0xef, 2, 1, 64, 1, 0]);

/** Index 0 is the list of languages (US English). */
export function stringDescriptor(
  index: number,
  strings: readonly (string | undefined)[],
): Buffer | undefined {
  if (index === 0) return Buffer.from([4, 3, 9, 4]);
  const text = strings[index - 1];
  if (text === undefined) return undefined;
  const bytes = Buffer.from(text, 'utf16le');
  return Buffer.concat([Buffer.from([2 + bytes.length, 3]), bytes]);
}
