/** Reads the time strip of a synthetic camera's picture (the layout stands in the adapter's `test-pattern.ts`). */
import jpegTurbo from '@julusian/jpeg-turbo';

export interface Barcode {
  /** When the picture was made, in milliseconds since 1970. */
  readonly generatedAtMs: number;
}

const CELLS = 40;
const BITS = 32;
const FIRST_BIT = 3;
const SPAN = 2 ** BITS;

/** @throws Error when the strip cannot be read: torn, scaled beyond use, or no picture of a synthetic camera. */
export function readBarcode(jpeg: Uint8Array): Barcode {
  const { data, width } = jpegTurbo.decompressSync(Buffer.from(jpeg), { format: jpegTurbo.FORMAT_RGB });
  const cell = width / CELLS;
  const levels = Array.from({ length: CELLS }, (_, at) => brightness({ data, width, cell }, at));
  const level = (at: number): number => levels[at] ?? 0;
  const white = (level(1) + level(FIRST_BIT + BITS + 3)) / 2;
  const black = (level(2) + level(FIRST_BIT + BITS + 2)) / 2;
  if (white - black < 80) throw new Error('the picture has no time strip');
  const isSet = (at: number): boolean => level(at) > (white + black) / 2;
  let value = 0;
  const parity = [false, false];
  for (let bit = 0; bit < BITS; bit += 1) {
    if (!isSet(FIRST_BIT + bit)) continue;
    value += 2 ** bit;
    parity[bit % 2] = !parity[bit % 2];
  }
  if (isSet(FIRST_BIT + BITS) !== parity[0] || isSet(FIRST_BIT + BITS + 1) !== parity[1]) {
    throw new Error('the time strip is damaged');
  }
  return { generatedAtMs: nearest(value, Date.now()) };
}

interface Strip {
  readonly data: Buffer;
  readonly width: number;
  readonly cell: number;
}

/** Mean of the middle of a cell, where its neighbours do not shine in. */
function brightness({ data, width, cell }: Strip, at: number): number {
  let sum = 0;
  let count = 0;
  for (let y = Math.floor(cell * 0.3); y < cell * 0.7; y += 1) {
    for (let x = Math.floor((at + 0.3) * cell); x < (at + 0.7) * cell; x += 1) {
      sum += data[(y * width + x) * 3 + 1] ?? 0;
      count += 1;
    }
  }
  return sum / Math.max(1, count);
}

/** The strip holds the low 32 bits; the rest is that of the nearest such time. */
function nearest(low: number, nowMs: number): number {
  const base = Math.floor(nowMs / SPAN) * SPAN + low;
  return [base - SPAN, base, base + SPAN].reduce((best, one) =>
    Math.abs(one - nowMs) < Math.abs(best - nowMs) ? one : best,
  );
}
