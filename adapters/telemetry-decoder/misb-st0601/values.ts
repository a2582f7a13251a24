/** The value of one item. */
import type { TelemetryValue } from '../../../ports/telemetry-decoder.js';
import { Cursor, Malformed } from './cursor.js';
import type { Format, WholeFormat } from './format.js';
import { imapbOf, linearOf, signedOf, symmetricOf, unsignedOf } from './numbers.js';
import { PACKS } from './packs.js';
import { readText } from './text.js';

/** What is wrong with a value; it may still be of use. */
export interface Remark {
  readonly code: string;
  /** A part of a sentence that begins with the name of the item. */
  readonly what: string;
}

export interface Decoded {
  readonly value: TelemetryValue;
  readonly remark?: Remark;
  /** The value is hexadecimal text, because it could not be decoded. */
  readonly isRaw?: true;
}

type Single = Exclude<Format, { readonly kind: 'set' }>;

/** Longer structured values are hostile: they would become many times as long as text. */
const LONGEST_PACK = 4096;

/** @param bytes at least one. Never throws. */
export function valueOf(format: Single, bytes: Uint8Array): Decoded {
  switch (format.kind) {
    case 'raw':
      return { value: hexOf(bytes) };
    case 'text':
      return textOf(format, bytes);
    case 'whole':
      return wholeOf(format, bytes);
    case 'linear':
      return sized(format.bytes, bytes) ?? { value: linearOf(bytes, format.min, format.max) };
    case 'signed':
      return sized(format.bytes, bytes) ?? { value: symmetricOf(bytes, format.max) };
    case 'imapb':
      return mappedOf(format, bytes);
    case 'choice':
      return choiceOf(format.names, bytes);
    case 'bits':
      return sized(1, bytes) ?? { value: flagsOf(format.names, bytes[0] ?? 0) };
    case 'pack':
      return packOf(format.shape, bytes);
  }
}

/** An item that is not in the table, or whose bytes are not as they must be. */
export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

function raw(bytes: Uint8Array, code: string, what: string): Decoded {
  return { value: hexOf(bytes), remark: { code, what }, isRaw: true };
}

function sized(wanted: number, bytes: Uint8Array, most = wanted): Decoded | undefined {
  if (bytes.length >= wanted && bytes.length <= most) return undefined;
  const lengths = wanted === most ? String(wanted) : `${String(wanted)} to ${String(most)}`;
  return raw(bytes, 'invalid_length', `has ${String(bytes.length)} bytes instead of ${lengths}`);
}

function textOf({ most, isUtf16 }: Extract<Format, { kind: 'text' }>, bytes: Uint8Array): Decoded {
  const { text: value, isDamaged } = readText(bytes, isUtf16 ? 'utf-16be' : 'utf-8');
  if (isDamaged) return { value, remark: { code: 'invalid_text', what: 'contains bytes that are no text' } };
  if (bytes.length <= most) return { value };
  return {
    value,
    remark: { code: 'invalid_length', what: `has ${String(bytes.length)} bytes, more than ${String(most)}` },
  };
}

function wholeOf({ isSigned, least, most, min, max }: WholeFormat, bytes: Uint8Array): Decoded {
  const wrong = sized(least, bytes, most);
  if (wrong !== undefined) return wrong;
  const value = isSigned ? signedOf(bytes) : unsignedOf(bytes);
  if (value === undefined) return raw(bytes, 'not_representable', 'is a number of more than 53 bits');
  if (value >= (min ?? value) && value <= (max ?? value)) return { value };
  return { value, remark: { code: 'out_of_range', what: `is ${String(value)}, which is out of its range` } };
}

function mappedOf({ min, max, most }: Extract<Format, { kind: 'imapb' }>, bytes: Uint8Array): Decoded {
  const wrong = sized(1, bytes, most);
  if (wrong !== undefined) return wrong;
  const value = imapbOf(bytes, min, max);
  if (typeof value === 'string')
    return { value: null, remark: { code: 'special_value', what: `is ${value}` } };
  if (value <= max) return { value };
  return { value, remark: { code: 'out_of_range', what: `is ${String(value)}, which is out of its range` } };
}

function choiceOf(names: Readonly<Record<number, string>>, bytes: Uint8Array): Decoded {
  const wrong = sized(1, bytes);
  if (wrong !== undefined) return wrong;
  const code = bytes[0] ?? 0;
  const value = names[code];
  if (value !== undefined) return { value };
  return { value: code, remark: { code: 'out_of_range', what: `is ${String(code)}, which has no meaning` } };
}

function flagsOf(names: readonly string[], byte: number): TelemetryValue {
  return Object.fromEntries(names.map((name, bit) => [name, ((byte >> bit) & 1) === 1]));
}

function packOf(shape: keyof typeof PACKS, bytes: Uint8Array): Decoded {
  if (bytes.length > LONGEST_PACK)
    return raw(bytes, 'oversized', `has ${String(bytes.length)} bytes, more than ${String(LONGEST_PACK)}`);
  const cursor = new Cursor(bytes);
  try {
    const value = PACKS[shape](cursor);
    if (cursor.left === 0) return { value };
    return raw(bytes, 'invalid_value', `has ${String(cursor.left)} bytes too many`);
  } catch (cause) {
    if (cause instanceof Malformed) return raw(bytes, 'invalid_value', cause.message);
    throw cause;
  }
}
