/** Looks into a picture as a viewer would: what a frame says of itself must be what its JPEG file holds. */
import { expect } from 'chai';
import type { Frame } from '../../ports/capture.js';

const MARKER = 0xff;
const [START, END, HUFFMAN, SCAN] = [0xd8, 0xd9, 0xc4, 0xda];
/** Start of a frame of any coding; three markers among them mean other things. */
const FRAMES = { from: 0xc0, to: 0xcf, not: [0xc4, 0xc8, 0xcc] };
/** The shortest scan data of one picture is longer, whatever it shows. */
const LEAST_SCAN_BYTES = 2;

/** @param from when the picture was asked for, in milliseconds since 1970. */
export function expectPicture(frame: Frame, from: number): void {
  expect(frame, 'a frame').to.be.an('object');
  const { jpeg, width, height, sequence, capturedAt } = frame;
  expect(jpeg, 'jpeg').to.be.instanceOf(Uint8Array);
  expect([...jpeg.subarray(0, 2)], 'start of a JPEG file').to.deep.equal([MARKER, START]);
  expect([...jpeg.subarray(-2)], 'end of a JPEG file').to.deep.equal([MARKER, END]);
  expect({ width, height }, 'the size in the file').to.deep.equal(sizeOf(jpeg));
  expect(sequence, 'sequence').to.satisfy(Number.isSafeInteger).and.be.at.least(1);
  expect(capturedAt, 'capturedAt').to.be.within(from - 1, Date.now() + 1);
}

/** @throws AssertionError when a segment is cut, or the tables, the size or the picture itself are missing. */
function sizeOf(jpeg: Uint8Array): { readonly width: number; readonly height: number } {
  const view = new DataView(jpeg.buffer, jpeg.byteOffset, jpeg.byteLength);
  let size: { readonly width: number; readonly height: number } | undefined;
  let hasTables = false;
  for (let at = 2; at + 4 <= jpeg.length; at += 2 + view.getUint16(at + 2)) {
    expect(jpeg[at], `a marker at byte ${at}`).to.equal(MARKER);
    const marker = jpeg[at + 1] ?? 0;
    if (marker === HUFFMAN) hasTables = true;
    if (isFrame(marker) && at + 9 <= jpeg.length)
      size = { width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    if (marker !== SCAN) continue;
    const data = jpeg.length - 2 - (at + 2 + view.getUint16(at + 2));
    expect(data, 'bytes of the picture').to.be.at.least(LEAST_SCAN_BYTES);
    expect(hasTables, 'Huffman tables').to.equal(true);
    return size ?? expect.fail('the JPEG file tells no size');
  }
  return expect.fail('the JPEG file holds no picture');
}

function isFrame(marker: number): boolean {
  return marker >= FRAMES.from && marker <= FRAMES.to && !FRAMES.not.includes(marker);
}
