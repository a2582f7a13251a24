/**
 * What a fake camera shows: test pictures that carry their own number, so that a test can tell which one it got. The number
 * stands as eight black or white boxes along the top edge (survives every re-encoding, modulo 64) and in a JPEG comment.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import codec from '@julusian/jpeg-turbo';
import type { PictureSource } from './fake-uvc.js';
import { LAB_DIR } from './places.js';

const JPEG_START = Buffer.from([0xff, 0xd8, 0xff]);
const JPEG_END = Buffer.from([0xff, 0xd9]);
const ACCESS_UNIT = Buffer.from([0, 0, 0, 1, 9]);
const cache = new Map<string, readonly Buffer[]>();

function fixtures(name: string, marker: Buffer): readonly Buffer[] {
  const known = cache.get(name) ?? cut(readFileSync(join(LAB_DIR, 'fixtures', name)), marker);
  cache.set(name, known);
  return known;
}

/** Cuts a byte stream in front of each marker. */
function cut(bytes: Buffer, marker: Buffer): readonly Buffer[] {
  const starts: number[] = [];
  for (let at = bytes.indexOf(marker); at >= 0; at = bytes.indexOf(marker, at + marker.length))
    starts.push(at);
  return starts.map((from, k) => bytes.subarray(from, starts[k + 1]));
}

/** Puts a comment behind the start marker of a JPEG. */
function comment(jpeg: Buffer, text: string): Buffer {
  const head = Buffer.from([0xff, 0xfe, 0, text.length + 2]);
  return Buffer.concat([jpeg.subarray(0, 2), head, Buffer.from(text, 'latin1'), jpeg.subarray(2)]);
}

export interface Stamp {
  /** Who made the picture. */
  readonly label: string;
  readonly n: number;
  /** When it was sent, on this machine's clock. */
  readonly sentMs: number;
}

/** The stamp of a picture that was passed on unchanged. */
export function readStamp(jpeg: Uint8Array): Stamp | undefined {
  const match = /LAB (\S*) (\d+) (\d+)/.exec(Buffer.from(jpeg).toString('latin1', 0, 96));
  if (match === null) return undefined;
  return { label: match[1] ?? '', n: Number(match[2]), sentMs: Number(match[3]) };
}

/** Stamped JPEGs, H.264 access units with a key frame every 15, grey YUYV. */
export function testPictures(label = ''): PictureSource {
  return (fourcc, { width, height }, n) => {
    const size = `${String(width)}x${String(height)}`;
    if (fourcc === 'YUYV') return Buffer.alloc(width * height * 2, 64 + (n & 127));
    const isH264 = fourcc === 'H264';
    const all = isH264 ? fixtures(`${size}.h264`, ACCESS_UNIT) : fixtures(`${size}.mjpeg`, JPEG_START);
    const picture = all[n % all.length];
    if (picture === undefined || isH264) return picture;
    return comment(picture, `LAB ${label} ${String(n)} ${String(Date.now())}`);
  };
}

/** Decodes a stored picture to its last line. @throws when any of it is missing or damaged. */
export function decodeWhole(jpeg: Buffer): { readonly width: number; readonly height: number } {
  // The decoder forgives what stands behind the end.
  if (!jpeg.subarray(-2).equals(JPEG_END)) throw new Error('the picture does not end');
  const { width, height } = codec.decompressSync(jpeg, { format: codec.FORMAT_RGB });
  return { width, height };
}

/** Lets each picture whose number is divisible by `every` be half a JPEG. */
export function tornNowAndThen(pictures: PictureSource, every: number): PictureSource {
  return (fourcc, size, n) => {
    const whole = pictures(fourcc, size, n);
    return n % every === 0 ? whole?.subarray(0, whole.length >> 1) : whole;
  };
}

/** Lets the first pictures of each stream be half a JPEG, as a camera gives while its sensor starts. */
export function tornAtFirst(pictures: PictureSource, count: number): PictureSource {
  return (fourcc, size, n) => {
    const whole = pictures(fourcc, size, n);
    return n < count ? whole?.subarray(0, whole.length >> 1) : whole;
  };
}
