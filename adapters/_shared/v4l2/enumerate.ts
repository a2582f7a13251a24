import type { FrameSize, PixelFormat } from '../../../ports/camera-probe.js';
import type { V4l2Device } from './device.js';
import {
  BIG_ENDIAN,
  BUFFER_TYPE_CAPTURE,
  FORMAT_FLAG_COMPRESSED,
  SIZE,
  numberToFourcc,
  textAt,
} from './layout.js';

/** Bounds for drivers that never say "no more". */
const MOST = { formats: 128, sizes: 64, intervals: 64 } as const;
const NO_MORE = ['EINVAL', 'ENOTTY', 'ENODATA'];
const DISCRETE = 1;

/** Offered to the user where a camera takes any size or any rate between two bounds. */
const COMMON_SIZES = [
  [160, 120],
  [320, 180],
  [320, 240],
  [640, 360],
  [640, 480],
  [800, 600],
  [960, 540],
  [1024, 768],
  [1280, 720],
  [1280, 960],
  [1600, 1200],
  [1920, 1080],
  [2560, 1440],
  [3840, 2160],
] as const;
const COMMON_RATES = [120, 90, 60, 50, 30, 25, 24, 20, 15, 10, 5, 1] as const;

/** All formats with their sizes and rates, in the order of the camera. */
export function readFormats(device: V4l2Device): readonly PixelFormat[] {
  const formats: PixelFormat[] = [];
  for (let index = 0; index < MOST.formats; index++) {
    const buffer = Buffer.alloc(SIZE.fmtdesc);
    buffer.writeUInt32LE(index, 0);
    buffer.writeUInt32LE(BUFFER_TYPE_CAPTURE, 4);
    if (!device.ask('ENUM_FMT', buffer, NO_MORE)) break;
    const number = buffer.readUInt32LE(44);
    // Rare, and nothing here or in ffmpeg can tell it from its little-endian namesake.
    if (number >= BIG_ENDIAN) continue;
    formats.push({
      pixelFormat: numberToFourcc(number),
      description: textAt(buffer, 12, 32),
      compressed: (buffer.readUInt32LE(8) & FORMAT_FLAG_COMPRESSED) !== 0,
      sizes: readSizes(device, number),
    });
  }
  return formats;
}

function readSizes(device: V4l2Device, format: number): readonly FrameSize[] {
  const sizes: FrameSize[] = [];
  for (let index = 0; index < MOST.sizes; index++) {
    const buffer = Buffer.alloc(SIZE.frmsizeenum);
    buffer.writeUInt32LE(index, 0);
    buffer.writeUInt32LE(format, 4);
    if (!device.ask('ENUM_FRAMESIZES', buffer, NO_MORE)) break;
    const at = (n: number): number => buffer.readUInt32LE(12 + 4 * n);
    const offered =
      buffer.readUInt32LE(8) === DISCRETE
        ? [{ width: at(0), height: at(1) }]
        : sizesWithin(
            { smallest: at(0), largest: at(1), step: at(2) },
            { smallest: at(3), largest: at(4), step: at(5) },
          );
    sizes.push(...offered.map((size) => ({ ...size, fps: readRates(device, format, size) })));
    if (buffer.readUInt32LE(8) !== DISCRETE) break;
  }
  return sizes;
}

export interface Steps {
  readonly smallest: number;
  readonly largest: number;
  /** 1 where any value will do. */
  readonly step: number;
}

/** The common sizes that lie on the steps, and the largest one. */
export function sizesWithin(
  width: Steps,
  height: Steps,
): readonly { readonly width: number; readonly height: number }[] {
  const largest = { width: onStep(width, width.largest), height: onStep(height, height.largest) };
  const common = COMMON_SIZES.map(([w, h]) => ({ width: w, height: h })).filter(
    (s) => onStep(width, s.width) === s.width && onStep(height, s.height) === s.height,
  );
  return common.some((s) => s.width === largest.width && s.height === largest.height)
    ? common
    : [...common, largest];
}

/** The nearest value at or under `value` that the steps reach. */
function onStep({ smallest, largest, step }: Steps, value: number): number {
  const bounded = Math.min(Math.max(value, smallest), largest);
  return step <= 1 ? bounded : bounded - ((bounded - smallest) % step);
}

function readRates(
  device: V4l2Device,
  format: number,
  size: { readonly width: number; readonly height: number },
): readonly number[] {
  const rates: number[] = [];
  for (let index = 0; index < MOST.intervals; index++) {
    const buffer = Buffer.alloc(SIZE.frmivalenum);
    buffer.writeUInt32LE(index, 0);
    buffer.writeUInt32LE(format, 4);
    buffer.writeUInt32LE(size.width, 8);
    buffer.writeUInt32LE(size.height, 12);
    if (!device.ask('ENUM_FRAMEINTERVALS', buffer, NO_MORE)) break;
    const rate = (n: number): number =>
      toRate(buffer.readUInt32LE(20 + 8 * n), buffer.readUInt32LE(24 + 8 * n));
    if (buffer.readUInt32LE(16) === DISCRETE) rates.push(rate(0));
    else rates.push(...ratesWithin(rate(1), rate(0)));
    if (buffer.readUInt32LE(16) !== DISCRETE) break;
  }
  return [...new Set(rates.filter((r) => r > 0))].sort((a, b) => b - a);
}

/** Both bounds of a range of rates and the common ones between; a lower bound under one frame a second counts as one. */
export function ratesWithin(slowest: number, fastest: number): readonly number[] {
  const lower = Math.max(slowest, Math.min(1, fastest));
  return [fastest, ...COMMON_RATES.filter((r) => r < fastest && r > lower), lower];
}

/** Frames per second from the time of one frame, rounded to thousandths. */
function toRate(numerator: number, denominator: number): number {
  return numerator === 0 ? 0 : Math.round((denominator / numerator) * 1000) / 1000;
}
