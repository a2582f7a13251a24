/** The outermost boxes of an MP4 file (ISO/IEC 14496-12 §4.2), read without its pictures. */
import { open, type FileHandle } from 'node:fs/promises';

export interface BoxFacts {
  readonly isFragmented: boolean;
  /** The last box is cut off. */
  readonly isTorn: boolean;
  /** The movie header tells a duration. */
  readonly hasDuration: boolean;
}

const HEADER_BYTES = 16;
const MAX_MOVIE_BYTES = 4 * 1024 * 1024;

export async function readBoxes(path: string): Promise<BoxFacts> {
  const file = await open(path, 'r');
  try {
    return await walk(file, (await file.stat()).size);
  } finally {
    await file.close();
  }
}

async function walk(file: FileHandle, end: number): Promise<BoxFacts> {
  const facts = { isFragmented: false, isTorn: false, hasDuration: false };
  const header = Buffer.alloc(HEADER_BYTES);
  for (let at = 0; at < end;) {
    header.fill(0);
    const { bytesRead } = await file.read(header, 0, HEADER_BYTES, at);
    const size = bytesRead < 8 ? 0 : boxSize(header, end - at);
    if (size < 8 || at + size > end) return { ...facts, isTorn: true };
    const type = header.toString('latin1', 4, 8);
    if (type === 'moof') facts.isFragmented = true;
    if (type === 'moov') Object.assign(facts, await readMovie(file, { at, size }, facts));
    at += size;
  }
  return facts;
}

/** Size of a box by its header; one without a size reaches to the end. */
export function boxSize(header: Buffer, rest: number): number {
  const size = header.readUInt32BE(0);
  if (size === 0) return rest;
  return size === 1 ? Number(header.readBigUInt64BE(8)) : size;
}

async function readMovie(
  file: FileHandle,
  { at, size }: { readonly at: number; readonly size: number },
  facts: BoxFacts,
): Promise<Partial<BoxFacts>> {
  const movie = Buffer.alloc(Math.min(size, MAX_MOVIE_BYTES));
  await file.read(movie, 0, movie.length, at);
  const header = movie.indexOf('mvhd', 0, 'latin1');
  const isFragmented = facts.isFragmented || movie.includes('mvex', 0, 'latin1');
  if (header < 0 || header + 36 > movie.length) return { isFragmented };
  const isLong = movie[header + 4] === 1;
  const duration = isLong ? Number(movie.readBigUInt64BE(header + 28)) : movie.readUInt32BE(header + 20);
  return { isFragmented, hasDuration: duration > 0 };
}
