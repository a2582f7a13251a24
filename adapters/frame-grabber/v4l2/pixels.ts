import { setImmediate as turn } from 'node:timers/promises';
import type { DeliveredFormat } from './capture-stream.js';

/** Pixels for the encoder, without gaps between lines. */
export interface Raster {
  /** 1 byte a pixel for grey pictures, 3 (red, green, blue) for others. */
  readonly channels: 1 | 3;
  readonly data: Buffer;
  /** On average, from 0 to 255. */
  readonly brightness: number;
}

/** Where luminance and colour differences of a pixel stand. */
interface Arrangement {
  readonly lumaStep: 1 | 2;
  readonly luma: 0 | 1;
  /** Bytes from the colour of one pair of pixels to the next. */
  readonly pairStep: 2 | 4;
  readonly u: number;
  readonly v: number;
  /** True when the colours follow the luminance of the whole picture, one line for two. */
  readonly isPlanar: boolean;
}

const PACKED = { lumaStep: 2, pairStep: 4, isPlanar: false } as const;
const PLANAR = { lumaStep: 1, luma: 0, pairStep: 2, isPlanar: true } as const;
const ARRANGEMENTS: Readonly<Record<string, Arrangement>> = {
  YUYV: { ...PACKED, luma: 0, u: 1, v: 3 },
  YVYU: { ...PACKED, luma: 0, u: 3, v: 1 },
  UYVY: { ...PACKED, luma: 1, u: 0, v: 2 },
  NV12: { ...PLANAR, u: 0, v: 1 },
  NV21: { ...PLANAR, u: 1, v: 0 },
};
const GREY = 'GREY';

/** The formats without compression that can be made into a JPEG. */
export const RAW_FORMATS: readonly string[] = [...Object.keys(ARRANGEMENTS), GREY];

/** Lines converted before others get their turn. */
const LINES_PER_TURN = 128;

/** @returns `undefined` when the picture has fewer bytes than its format needs. */
export async function toRaster(bytes: Buffer, format: DeliveredFormat): Promise<Raster | undefined> {
  const arrangement = ARRANGEMENTS[format.pixelFormat];
  return arrangement === undefined ? fromGrey(bytes, format) : fromColour(bytes, format, arrangement);
}

async function fromColour(
  bytes: Buffer,
  format: DeliveredFormat,
  arrangement: Arrangement,
): Promise<Raster | undefined> {
  const { width, height } = format;
  const stride = Math.max(format.stride, width * arrangement.lumaStep);
  const lines = arrangement.isPlanar ? height + Math.ceil(height / 2) : height;
  if (bytes.length < stride * lines) return undefined;
  const rgb = new Uint8ClampedArray(width * height * 3);
  const converter = new LineConverter(bytes, format, arrangement);
  let sum = 0;
  for (let y = 0; y < height; y++) {
    if (y % LINES_PER_TURN === LINES_PER_TURN - 1) await turn();
    const colours = arrangement.isPlanar ? stride * (height + (y >> 1)) : stride * y;
    sum += converter.convert(stride * y, colours, rgb.subarray(y * width * 3, (y + 1) * width * 3));
  }
  return { channels: 3, data: Buffer.from(rgb.buffer), brightness: sum / (width * height) };
}

/** ITU-R BT.601, which is what cameras mean when they say nothing else. */
class LineConverter {
  readonly #black: number;
  readonly #scale: number;
  readonly #tint: number;

  constructor(
    private readonly bytes: Buffer,
    format: DeliveredFormat,
    private readonly arrangement: Arrangement,
  ) {
    this.#black = format.isFullRange ? 0 : 16;
    this.#scale = format.isFullRange ? 1 : 255 / 219;
    this.#tint = format.isFullRange ? 1 : 255 / 224;
  }

  /** @returns the sum of the luminance of the line, from 0 to 255 for each pixel. */
  convert(lumaFrom: number, coloursFrom: number, into: Uint8ClampedArray): number {
    const { bytes } = this;
    const { lumaStep, luma, pairStep, u, v } = this.arrangement;
    let sum = 0;
    for (let x = 0, out = 0; out < into.length; x++, out += 3) {
      const pair = coloursFrom + (x >> 1) * pairStep;
      const y = ((bytes[lumaFrom + x * lumaStep + luma] ?? 0) - this.#black) * this.#scale;
      const cb = ((bytes[pair + u] ?? 128) - 128) * this.#tint;
      const cr = ((bytes[pair + v] ?? 128) - 128) * this.#tint;
      sum += y;
      into[out] = y + 1.402 * cr;
      into[out + 1] = y - 0.344136 * cb - 0.714136 * cr;
      into[out + 2] = y + 1.772 * cb;
    }
    return sum;
  }
}

function fromGrey(bytes: Buffer, format: DeliveredFormat): Raster | undefined {
  const { width, height } = format;
  const stride = Math.max(format.stride, width);
  if (bytes.length < stride * (height - 1) + width) return undefined;
  const data = Buffer.alloc(width * height);
  for (let y = 0; y < height; y++) bytes.copy(data, y * width, y * stride, y * stride + width);
  return { channels: 1, data, brightness: averageOf(data) };
}

/** The average of the bytes. */
export function averageOf(data: Buffer): number {
  let sum = 0;
  for (const value of data) sum += value;
  return data.length === 0 ? 0 : sum / data.length;
}
