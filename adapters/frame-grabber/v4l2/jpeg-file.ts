const START = Buffer.from([0xff, 0xd8]);
const END = Buffer.from([0xff, 0xd9]);
const MARKER_DHT = 0xc4;
const MARKER_SOS = 0xda;

/**
 * What a camera calls a JPEG, without the zeros some add behind the end.
 * @returns `undefined` when the beginning or the end is missing.
 */
export function wholeJpeg(bytes: Buffer): Buffer | undefined {
  let length = bytes.length;
  while (length > 0 && bytes[length - 1] === 0) length -= 1;
  const jpeg = bytes.subarray(0, length);
  const isWhole = length > 4 && jpeg.subarray(0, 2).equals(START) && jpeg.subarray(-2).equals(END);
  return isWhole ? jpeg : undefined;
}

/** The segments up to the picture data, as `[marker, from, to]`. */
function segments(jpeg: Buffer): readonly (readonly [number, number, number])[] {
  const found: (readonly [number, number, number])[] = [];
  let at = 2;
  while (at + 4 <= jpeg.length && jpeg[at] === 0xff) {
    const marker = jpeg.readUInt8(at + 1);
    const end = at + 2 + jpeg.readUInt16BE(at + 2);
    found.push([marker, at, end]);
    if (marker === MARKER_SOS) break;
    at = end;
  }
  return found;
}

/** The Huffman tables of a JPEG, as they stand in it. */
export function huffmanTables(jpeg: Buffer): Buffer {
  return Buffer.concat(
    segments(jpeg)
      .filter(([marker]) => marker === MARKER_DHT)
      .map(([, from, to]) => jpeg.subarray(from, to)),
  );
}

/**
 * Many cameras leave the standard Huffman tables out of their motion JPEGs. A file needs them.
 * @param tables gives the standard tables.
 */
export function withTables(jpeg: Buffer, tables: () => Buffer): Buffer {
  const found = segments(jpeg);
  if (found.some(([marker]) => marker === MARKER_DHT)) return jpeg;
  const scan = found.find(([marker]) => marker === MARKER_SOS);
  if (scan === undefined) return jpeg;
  return Buffer.concat([jpeg.subarray(0, scan[1]), tables(), jpeg.subarray(scan[1])]);
}
