/** Cuts a stream of JPEG files, as cameras and ffmpeg send it, into pictures. */
import { STANDARD_TABLES } from './jpeg-tables.js';

export interface JpegPicture {
  /** A whole file: with Huffman tables, and nothing behind its end. */
  readonly jpeg: Uint8Array;
  readonly width: number;
  readonly height: number;
}

const SOI = Buffer.from([0xff, 0xd8, 0xff]);
const MARKER = {
  TEM: 0x01,
  SOF0: 0xc0,
  SOF1: 0xc1,
  DHT: 0xc4,
  JPG: 0xc8,
  DAC: 0xcc,
  SOF15: 0xcf,
  RST0: 0xd0,
  SOI: 0xd8,
  EOI: 0xd9,
  SOS: 0xda,
  APP0: 0xe0,
} as const;
/** Segments with tables and headers are short; only applications' data and comments may be long. */
const MAX_HEADER_BYTES = 4096;
const FIRST_CAPACITY = 64 * 1024;
/** How often bytes that were followed to a tear are looked at again. */
const MAX_LOOKS = 8;

type Phase = 'searching' | 'segments' | 'scan';

/**
 * Holds at most one picture of `maxFrameBytes` (and the chunk that was pushed). What is not a whole picture is skipped, and what
 * follows it is looked at again: a tear costs the torn picture and at worst the next one. Follows segment lengths, so a
 * thumbnail inside a picture is not mistaken for one; a tear inside a segment's length is noticed up to 64 KiB later. Its work grows
 * with the number of bytes and not faster, whatever they are.
 */
export class JpegSplitter {
  readonly #maxFrameBytes: number;
  #data = Buffer.allocUnsafe(FIRST_CAPACITY);
  /** Where what is held begins and ends in the buffer, and how far of it has been looked at. */
  #start = 0;
  #end = 0;
  #at = 0;
  /** How far pictures that came to nothing had been followed, and how many of them in a row began before that place. */
  #followedTo = 0;
  #failures = 0;
  #phase: Phase = 'searching';
  #width = 0;
  #height = 0;
  /** Where the standard tables belong, as far as they are missing. */
  #tablesAt: number | undefined;
  #needsTables = true;
  #dropped = 0;

  constructor(maxFrameBytes: number) {
    this.#maxFrameBytes = maxFrameBytes;
  }

  /** Pictures that were begun and thrown away: torn, damaged or too large. */
  get dropped(): number {
    return this.#dropped;
  }

  /** @returns the pictures that this chunk completes, in order. */
  push(chunk: Uint8Array): readonly JpegPicture[] {
    this.#append(chunk);
    const pictures: JpegPicture[] = [];
    while (this.#step(pictures));
    if (this.#end - this.#start > this.#maxFrameBytes) this.#drop(this.#at);
    return pictures;
  }

  /** The first picture that is begun, and no other: what follows a torn one may be its thumbnail. */
  first(bytes: Uint8Array): JpegPicture | undefined {
    this.#append(bytes);
    const pictures: JpegPicture[] = [];
    while (pictures.length === 0 && this.#dropped === 0 && this.#step(pictures));
    return pictures[0];
  }

  /** @returns false when more bytes are needed. */
  #step(pictures: JpegPicture[]): boolean {
    if (this.#phase === 'searching') return this.#findStart();
    return this.#phase === 'segments' ? this.#readSegment(pictures) : this.#readScan(pictures);
  }

  #findStart(): boolean {
    const found = this.#view().indexOf(SOI, this.#start);
    if (found < 0) {
      // The last two bytes may be the beginning of a start marker.
      this.#start = Math.max(this.#start, this.#end - 2);
      return false;
    }
    this.#start = found;
    this.#at = found + 2;
    this.#width = 0;
    this.#height = 0;
    this.#tablesAt = undefined;
    this.#needsTables = true;
    this.#phase = 'segments';
    return true;
  }

  #readSegment(pictures: JpegPicture[]): boolean {
    if (this.#end < this.#at + 2) return false;
    const marker = this.#data[this.#at + 1] ?? 0;
    if (this.#data[this.#at] !== 0xff || marker === 0 || marker === MARKER.SOI) return this.#lookAgain();
    if (marker === MARKER.EOI) return this.#finish(pictures);
    if (marker === 0xff || isAlone(marker)) {
      this.#at += marker === 0xff ? 1 : 2;
      return true;
    }
    if (this.#end < this.#at + 4) return false;
    const size = this.#data.readUInt16BE(this.#at + 2);
    if (!isPlausible(marker, size)) return this.#lookAgain();
    return this.#end < this.#at + 2 + size ? false : this.#passSegment(marker, size);
  }

  #passSegment(marker: number, size: number): boolean {
    if (isFrameHeader(marker)) {
      this.#height = this.#data.readUInt16BE(this.#at + 5);
      this.#width = this.#data.readUInt16BE(this.#at + 7);
    }
    // Other ways of coding have no tables of their own that could be meant.
    if (isFrameHeader(marker) && marker > MARKER.SOF1) this.#needsTables = false;
    if (marker === MARKER.DHT || marker === MARKER.DAC) this.#needsTables = false;
    if (marker === MARKER.SOS) {
      if (this.#needsTables) this.#tablesAt ??= this.#at;
      this.#phase = 'scan';
    }
    this.#at += 2 + size;
    return true;
  }

  #readScan(pictures: JpegPicture[]): boolean {
    const view = this.#view();
    for (;;) {
      const found = view.indexOf(0xff, this.#at);
      this.#at = found < 0 ? this.#end : found;
      if (found < 0 || found + 1 >= this.#end) return false;
      const marker = this.#data[found + 1] ?? 0;
      if (marker === MARKER.EOI) return this.#finish(pictures);
      if (marker === MARKER.SOI) return this.#drop(found);
      if (!isScanData(marker)) break;
      this.#at = found + (marker === 0xff ? 1 : 2);
    }
    this.#phase = 'segments';
    return true;
  }

  #finish(pictures: JpegPicture[]): boolean {
    const end = this.#at + 2;
    if (this.#width > 0 && this.#height > 0 && end - this.#start <= this.#maxFrameBytes) {
      pictures.push({
        jpeg: this.#file(end),
        width: this.#width,
        height: this.#height,
      });
    } else {
      this.#dropped += 1;
    }
    this.#start = end;
    this.#phase = 'searching';
    return true;
  }

  /** A copy of the picture, with the tables that it leaves out. */
  #file(end: number): Uint8Array {
    const at = this.#needsTables ? this.#tablesAt : undefined;
    if (at === undefined) return Uint8Array.prototype.slice.call(this.#data, this.#start, end);
    const [before, behind] = [this.#data.subarray(this.#start, at), this.#data.subarray(at, end)];
    return Uint8Array.from(Buffer.concat([before, STANDARD_TABLES, behind]));
  }

  /**
   * Gives the picture up and looks at its bytes once more, for one that begins inside. Not without end: bytes in which every
   * beginning leads to the same tear would be followed as often as they have beginnings.
   */
  #lookAgain(): boolean {
    this.#failures = this.#start < this.#followedTo ? this.#failures + 1 : 0;
    this.#followedTo = Math.max(this.#followedTo, this.#at);
    return this.#drop(this.#failures < MAX_LOOKS ? this.#start + 2 : this.#followedTo);
  }

  /** Gives the picture up and looks for the next one from `from` on. */
  #drop(from: number): boolean {
    if (this.#phase !== 'searching') this.#dropped += 1;
    this.#start = Math.min(from, this.#end);
    this.#phase = 'searching';
    return true;
  }

  #view(): Buffer {
    return this.#data.subarray(0, this.#end);
  }

  /** What is done with makes room only here, once for a chunk and not once for a picture. */
  #append(chunk: Uint8Array): void {
    if (this.#end + chunk.length > this.#data.length) this.#makeRoom(chunk.length);
    this.#data.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /** Half of the buffer is free afterwards, so that a long picture is not moved for every chunk of it. */
  #makeRoom(bytes: number): void {
    const needed = this.#end - this.#start + bytes;
    const isShort = needed * 2 > this.#data.length;
    const target = isShort ? Buffer.allocUnsafe(needed * 2) : this.#data;
    this.#data.copy(target, 0, this.#start, this.#end);
    this.#data = target;
    this.#at -= this.#start;
    this.#followedTo -= this.#start;
    if (this.#tablesAt !== undefined) this.#tablesAt -= this.#start;
    this.#end -= this.#start;
    this.#start = 0;
  }
}

/** The first whole JPEG of some bytes and its size, or `undefined` when there is none. */
export function readJpeg(bytes: Uint8Array): JpegPicture | undefined {
  return new JpegSplitter(bytes.length).first(bytes);
}

function isFrameHeader(marker: number): boolean {
  if (marker < MARKER.SOF0 || marker > MARKER.SOF15) return false;
  return marker !== MARKER.DHT && marker !== MARKER.JPG && marker !== MARKER.DAC;
}

/** A length that cannot be is the mark of a tear; believing it would swallow the pictures behind. */
function isPlausible(marker: number, size: number): boolean {
  if (marker >= MARKER.APP0) return size >= 2;
  const least = isFrameHeader(marker) ? 8 : 2;
  return size >= least && size <= MAX_HEADER_BYTES;
}

/** Markers without a length. Where one has strayed among the segments it is passed over. */
function isAlone(marker: number): boolean {
  return marker === MARKER.TEM || (marker >= MARKER.RST0 && marker < MARKER.SOI);
}

/** Stuffed bytes, fill bytes and restart markers belong to the picture's data. */
function isScanData(marker: number): boolean {
  return marker === 0 || marker === 0xff || (marker >= MARKER.RST0 && marker < MARKER.SOI);
}
