import type { ByteWindow } from './byte-window.js';
import { boxSize } from './mp4-boxes.js';

/** A movie header or the header of a fragment. Larger ones are nonsense. */
export const MAX_HEADER_BYTES = 4 * 1024 * 1024;

export interface FoundBox {
  readonly type: string;
  readonly at: number;
  /** The position behind it. */
  readonly end: number;
}

const LONG_HEADER_BYTES = 16;
const HEADER_BYTES = 8;
/** What stands at the top of a file (ISO/IEC 14496-12, table 1). Anything else is the middle of something. */
const TOP_LEVEL = new Set(
  'ftyp pdin moov moof mfra mdat free skip wide meta meco styp sidx ssix prft emsg uuid udta'.split(' '),
);

/** The box that begins here, or why there is none. */
export async function boxAt(bytes: ByteWindow, at: number): Promise<FoundBox | { readonly fault: string }> {
  const head = await bytes.at(at, LONG_HEADER_BYTES);
  if (head.length < HEADER_BYTES) return { fault: 'the header of a box is incomplete' };
  const type = head.toString('latin1', 4, 8);
  if (!TOP_LEVEL.has(type)) return { fault: 'no box begins here' };
  const size = sizeOf(head);
  if (size === 0) return { fault: `nothing tells where a box (${type}) ends` };
  if (at + size > bytes.size) return { fault: `a box (${type}) is incomplete` };
  return { type, at, end: at + size };
}

/** @returns 0 if the size is not told, or cannot be that of a box. One that reaches to the end of the file is never complete for sure. */
function sizeOf(head: Buffer): number {
  const isLong = head.readUInt32BE(0) === 1;
  if (isLong && head.length < LONG_HEADER_BYTES) return 0;
  const size = boxSize(head, 0);
  return size >= (isLong ? LONG_HEADER_BYTES : HEADER_BYTES) ? size : 0;
}
