/** IVF, the plainest container that keeps a time for each picture: ffmpeg gets them as they came. */

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 12;
/** Times are in milliseconds. */
const TICKS_PER_SECOND = 1000;

export function ivfHeader({
  width,
  height,
}: {
  readonly width: number;
  readonly height: number;
}): Uint8Array {
  const header = new Uint8Array(HEADER_BYTES);
  const view = new DataView(header.buffer);
  header.set(asciiBytes('DKIF'), 0);
  view.setUint16(6, HEADER_BYTES, true);
  header.set(asciiBytes('MJPG'), 8);
  view.setUint16(12, width, true);
  view.setUint16(14, height, true);
  view.setUint32(16, TICKS_PER_SECOND, true);
  view.setUint32(20, 1, true);
  return header;
}

export function ivfFrame(jpeg: Uint8Array, ms: number): Uint8Array {
  const frame = new Uint8Array(FRAME_HEADER_BYTES + jpeg.length);
  const view = new DataView(frame.buffer);
  view.setUint32(0, jpeg.length, true);
  view.setBigUint64(4, BigInt(ms), true);
  frame.set(jpeg, FRAME_HEADER_BYTES);
  return frame;
}

function asciiBytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
