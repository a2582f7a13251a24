import { readJpeg } from '../../_shared/jpeg-splitter.js';

const START = Buffer.from([0xff, 0xd8]);
const END = Buffer.from([0xff, 0xd9]);

/**
 * The JPEG file in a buffer of the driver: without what some cameras leave behind its end, with the tables and the end marker that
 * others leave out. Whether the picture itself is whole shows when it is decoded.
 * @returns `undefined` when it does not begin with a JPEG. One that begins later may be the thumbnail of a torn picture.
 */
export function wholeJpeg(bytes: Buffer): Buffer | undefined {
  if (!bytes.subarray(0, START.length).equals(START)) return undefined;
  const { jpeg } = readJpeg(bytes) ?? readJpeg(Buffer.concat([withoutFill(bytes), END])) ?? {};
  return jpeg === undefined ? undefined : Buffer.from(jpeg.buffer, jpeg.byteOffset, jpeg.byteLength);
}

function withoutFill(bytes: Buffer): Buffer {
  let length = bytes.length;
  while (length > 0 && (bytes[length - 1] === 0 || bytes[length - 1] === 0xff)) length -= 1;
  return bytes.subarray(0, length);
}
