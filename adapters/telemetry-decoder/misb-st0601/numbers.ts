/** The mappings from raw integers to values. */

const BITS = 8;

/** @returns the unsigned number, or `undefined` when a double does not hold it exactly. */
export function unsignedOf(bytes: Uint8Array): number | undefined {
  const value = roughlyUnsigned(bytes);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** The same in two's complement. */
export function signedOf(bytes: Uint8Array): number | undefined {
  if ((bytes[0] ?? 0) < 0x80) return unsignedOf(bytes);
  const value = unsignedOf(bytes.map((byte) => 0xff - byte));
  return value === undefined ? undefined : -value - 1;
}

function roughlyUnsigned(bytes: Uint8Array): number {
  let value = 0;
  for (const byte of bytes) value = value * 256 + byte;
  return value;
}

export function linearOf(bytes: Uint8Array, min: number, max: number): number {
  return min + (roughlyUnsigned(bytes) * (max - min)) / (2 ** (BITS * bytes.length) - 1);
}

/** @returns `null` for the most negative raw value, which means that there is no value. */
export function symmetricOf(bytes: Uint8Array, max: number): number | null {
  const raw = signedOf(bytes) ?? 0;
  const most = 2 ** (BITS * bytes.length - 1);
  return raw === -most ? null : (raw * max) / (most - 1);
}

/** Why there is no value, by the five most significant bits (ST 1201, special values). */
const SPECIALS: Readonly<Record<number, string>> = {
  0b11001: 'plus infinity',
  0b11101: 'minus infinity',
  0b11010: 'not a number',
  0b11110: 'not a number',
  0b11011: 'not a number (signalling)',
  0b11111: 'not a number (signalling)',
  0b11000: 'a value that the user defines',
  0b10000: 'a reserved value',
};
const BELOW = 0xe0;
const ABOVE = 0xe1;

/** IMAPB(min, max) of the length of `bytes`, as ST 1201 defines it. @returns the value, or what is there instead of one. */
export function imapbOf(bytes: Uint8Array, min: number, max: number): number | string {
  const [first = 0, ...others] = bytes;
  const isMaximum = first === 0x80 && others.every((byte) => byte === 0);
  if (first >= 0x80 && !isMaximum) return specialOf(first);
  const { scale, offset } = imapbScale(bytes.length, min, max);
  return scale * (roughlyUnsigned(bytes) - offset) + min;
}

function specialOf(first: number): string {
  if (first === BELOW) return 'a value below the range';
  if (first === ABOVE) return 'a value above the range';
  return SPECIALS[first >> 3] ?? 'a reserved value';
}

/** The size of a step, and the raw value of `min` (it makes 0 exact where the range includes it). */
export function imapbScale(
  bytes: number,
  min: number,
  max: number,
): { readonly scale: number; readonly offset: number } {
  const scale = 2 ** (Math.ceil(Math.log2(max - min)) - (BITS * bytes - 1));
  const zero = min / scale;
  return { scale, offset: min < 0 && max > 0 ? zero - Math.floor(zero) : 0 };
}
