/** One message of MISB ST 0601: its items, its checksum, and what a message must have. */
import type { TelemetryChecksum, TelemetryField, TelemetryRecord } from '../../../ports/telemetry-decoder.js';
import { readSet, type Budget, type Placed } from './local-set.js';
import { Problems } from './problems.js';

export const STANDARD = 'MISB ST 0601';
const CHECKSUM = 1;
const TIME_STAMP = 2;
const VERSION = 65;
const CHECKSUM_BYTES = 2;
const MICROSECONDS = 1000;

/** @param whole from the first byte of the label on. @param set the items in it. */
export function readMessage(whole: Uint8Array, set: Uint8Array, budget: Budget): TelemetryRecord {
  const fields: TelemetryField[] = [];
  const problems = new Problems();
  const placed = readSet(set, { fields, problems, budget });
  const checksum = judgeChecksum(whole, placed.at(-1), problems);
  judgeOrder(placed, problems);
  const time = fields.find(({ id }) => id === String(TIME_STAMP))?.value;
  return {
    standard: STANDARD,
    checksum,
    ...(typeof time === 'number' ? { timestamp: time / MICROSECONDS } : {}),
    fields,
    problems: problems.all,
  };
}

/** The sum of all 16-bit words before the value of the checksum, the last item. */
export function checksumOf(whole: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < whole.length - CHECKSUM_BYTES; at++)
    sum = (sum + ((whole[at] ?? 0) << (at % 2 === 0 ? 8 : 0))) & 0xffff;
  return sum;
}

function judgeChecksum(whole: Uint8Array, last: Placed | undefined, problems: Problems): TelemetryChecksum {
  if (last?.tag !== CHECKSUM || last.bytes.length !== CHECKSUM_BYTES) {
    problems.add('missing_item', 'the last item is no checksum', String(CHECKSUM));
    return 'absent';
  }
  const stored = ((last.bytes[0] ?? 0) << 8) | (last.bytes[1] ?? 0);
  const computed = checksumOf(whole);
  if (stored === computed) return 'valid';
  const message = `the checksum is ${hex(stored)}, and ${hex(computed)} by the content`;
  problems.add('checksum_mismatch', message, String(CHECKSUM));
  return 'invalid';
}

function hex(value: number): string {
  return `0x${value.toString(16).toUpperCase().padStart(4, '0')}`;
}

function judgeOrder(placed: readonly Placed[], problems: Problems): void {
  const tags = new Set(placed.map(({ tag }) => tag));
  if (placed[0]?.tag !== TIME_STAMP)
    problems.add('missing_item', 'the first item is no time stamp', String(TIME_STAMP));
  if (!tags.has(VERSION))
    problems.add('missing_item', 'the version of the standard is missing', String(VERSION));
}
