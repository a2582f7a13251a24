/** One event as a line: the CRC-32 of its text as eight hexadecimal digits, a space, the JSON text, a newline. */
import { crc32 } from 'node:zlib';
import type { SegmentEvent } from '../../../ports/segment-log.js';

const SUM_LENGTH = 8;

export function encodeLine(event: SegmentEvent): string {
  const text = JSON.stringify(event);
  return `${sumOf(text)} ${text}\n`;
}

/** @returns `undefined` for a line that is not as it was written. */
export function decodeLine(line: string): SegmentEvent | undefined {
  const text = line.slice(SUM_LENGTH + 1);
  if (line[SUM_LENGTH] !== ' ' || line.slice(0, SUM_LENGTH) !== sumOf(text)) return undefined;
  try {
    const event = JSON.parse(text) as SegmentEvent | null;
    return typeof event?.filename === 'string' ? event : undefined;
  } catch {
    return undefined;
  }
}

function sumOf(text: string): string {
  return crc32(text).toString(16).padStart(SUM_LENGTH, '0');
}
