/** The other direction of the decoder, for tests: values to items, items to messages. Written from the mappings, not from the decoder. */
import type { TelemetryValue } from '../../ports/telemetry-decoder.js';

export const ST0601_LABEL = Buffer.from('060e2b34020b01010e01030101000000', 'hex');
const CHECKSUM = 1;

/** A length in its short form, or in the long form with this many bytes. */
export function ber(length: number, longForm = 0): Buffer {
  if (longForm === 0 && length < 0x80) return Buffer.of(length);
  const count = longForm === 0 ? Math.ceil(length.toString(16).length / 2) : longForm;
  return Buffer.concat([Buffer.of(0x80 | count), uint(length, count)]);
}

export function oid(value: number): Buffer {
  const digits = [value & 0x7f];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128))
    digits.unshift((rest & 0x7f) | 0x80);
  return Buffer.from(digits);
}

/** Big-endian, in two's complement. */
export function uint(value: number | bigint, bytes: number): Buffer {
  const digits = BigInt.asUintN(bytes * 8, BigInt(value)).toString(16);
  return Buffer.from(digits.padStart(bytes * 2, '0'), 'hex');
}

export function linear(value: number, bytes: number, [min, max]: readonly [number, number]): Buffer {
  const steps = 2 ** (8 * bytes) - 1;
  return uint(Math.round(((value - min) / (max - min)) * steps), bytes);
}

/** `null`: the value that is reserved for none. */
export function symmetric(value: number | null, bytes: number, max: number): Buffer {
  const most = 2 ** (8 * bytes - 1);
  return uint(value === null ? -most : Math.round((value / max) * (most - 1)), bytes);
}

/** ST 1201: truncates, so that a value comes back smaller by up to one step. */
export function imapb(value: number, bytes: number, [min, max]: readonly [number, number]): Buffer {
  const { forward, offset } = imapbStep(bytes, [min, max]);
  return uint(BigInt(Math.floor(forward * (value - min) + offset)), bytes);
}

export function imapbStep(
  bytes: number,
  [min, max]: readonly [number, number],
): { readonly forward: number; readonly step: number; readonly offset: number } {
  const forward = 2 ** (8 * bytes - 1 - Math.ceil(Math.log2(max - min)));
  const low = forward * min;
  return { forward, step: 1 / forward, offset: min < 0 && max > 0 ? low - Math.floor(low) : 0 };
}

/** A value with its length before it. */
export function sized(...parts: readonly Uint8Array[]): Buffer {
  const value = Buffer.concat(parts);
  return Buffer.concat([ber(value.length), value]);
}

export function item(tag: number, value: Uint8Array, longForm = 0): Buffer {
  return Buffer.concat([oid(tag), ber(value.length, longForm), value]);
}

/** A message with these items and its checksum. @param longForm bytes of the length of the message. */
export function message(items: readonly Uint8Array[], longForm = 0): Buffer {
  const content = Buffer.concat([...items, item(CHECKSUM, Buffer.alloc(2))]);
  return withChecksum(Buffer.concat([ST0601_LABEL, ber(content.length, longForm), content]));
}

/** Writes the checksum into the last two bytes. */
export function withChecksum(whole: Uint8Array): Buffer {
  const bytes = Buffer.from(whole);
  if (bytes.length < 2) return bytes;
  let sum = 0;
  bytes.subarray(0, -2).forEach((byte, at) => (sum += at % 2 === 0 ? byte * 256 : byte));
  bytes.writeUInt16BE(sum % 65_536, bytes.length - 2);
  return bytes;
}

export const TIME_STAMP = 1_767_225_600_123_456;

/** A message with what each must have, and the given items in between. */
export function complete(items: readonly Uint8Array[] = [], longForm = 0): Buffer {
  return message([item(2, uint(TIME_STAMP, 8)), ...items, item(65, Buffer.of(19))], longForm);
}

export interface Encoded {
  readonly value: TelemetryValue;
  readonly bytes: Buffer;
  /** How far numbers may be from their value after the way there and back. */
  readonly within: number;
}
