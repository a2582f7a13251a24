import type { ByteRange } from '../../ports/file-store.js';

/**
 * The part of a file of `sizeBytes` that a range means: the end is cut to the size, as RFC 9110 §14.1.2 wants.
 * @returns `undefined` when the range lies outside the file.
 * @throws TypeError for a range that nobody can mean (negative, fractional, first after last).
 */
export function clipRange(
  range: ByteRange | undefined,
  sizeBytes: number,
): { readonly start: number; readonly end: number } | undefined {
  if (range === undefined) return { start: 0, end: sizeBytes };
  const { first, last } = range;
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(last) || first < 0 || last < first)
    throw new TypeError(`not a byte range: ${first}-${last}`);
  return first >= sizeBytes ? undefined : { start: first, end: Math.min(last + 1, sizeBytes) };
}
