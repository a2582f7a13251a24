import codec from '@julusian/jpeg-turbo';
import { expect } from 'chai';
import { sampleJpeg } from '../../../adapters/_shared/jpeg-sample.js';
import { JpegSplitter, readJpeg } from '../../../adapters/_shared/jpeg-splitter.js';
import { STANDARD_TABLES } from '../../../adapters/_shared/jpeg-tables.js';

const { jpeg } = sampleJpeg();
const LIMIT = 128 * 1024;

/** Pushes the bytes in pieces of random size. */
function split(bytes: Uint8Array, random: () => number, limit = LIMIT): readonly Uint8Array[] {
  const splitter = new JpegSplitter(limit);
  const found: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const size = 1 + Math.floor(random() * 200);
    found.push(...splitter.push(bytes.subarray(at, at + size)).map((picture) => picture.jpeg));
    at += size;
  }
  return found;
}

/** Repeatable random numbers (mulberry32), so that a failure can be looked at again. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Bytes that never hold a start marker. */
function garbage(random: () => number): Uint8Array {
  return Uint8Array.from({ length: Math.floor(random() * 300) }, () => Math.floor(random() * 255));
}

/** A picture with another one as thumbnail in its first segment. */
function withThumbnail(): Uint8Array {
  const size = jpeg.length + 2;
  return Buffer.concat([
    jpeg.subarray(0, 2),
    Buffer.from([0xff, 0xe1, size >> 8, size & 255]),
    jpeg,
    jpeg.subarray(2),
  ]);
}

describe('JpegSplitter', () => {
  it('finds every picture, however the stream is cut', () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      const pictures = split(Buffer.concat([jpeg, jpeg, jpeg]), seeded(seed));
      expect(pictures, `seed ${seed}`).to.have.lengthOf(3);
      for (const picture of pictures) expect(Buffer.compare(picture, jpeg)).to.equal(0);
    }
  });

  it('finds the whole pictures between garbage', () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      const random = seeded(seed);
      const stream = Buffer.concat([garbage(random), jpeg, garbage(random), jpeg, garbage(random)]);
      expect(split(stream, random), `seed ${seed}`).to.have.lengthOf(2);
    }
  });

  it('loses a torn picture, and at worst the one behind it', () => {
    // More than a segment can be long: a torn length reaches that far.
    const whole = Math.ceil(0x10000 / jpeg.length) + 2;
    const behind = Buffer.concat(Array.from({ length: whole }, () => jpeg));
    for (let cut = 1; cut < jpeg.length; cut += 1) {
      const pictures = split(Buffer.concat([jpeg.subarray(0, cut), behind]), seeded(cut));
      expect(pictures.length, `cut at ${cut}`).to.be.at.least(whole - 1);
      expect(Buffer.compare(pictures.at(-1) ?? Buffer.alloc(0), jpeg), `cut at ${cut}`).to.equal(0);
    }
  });

  it('is not misled by a thumbnail', () => {
    const picture = withThumbnail();
    const pictures = split(Buffer.concat([picture, picture]), seeded(7));
    expect(pictures.map(({ length }) => length)).to.deep.equal([picture.length, picture.length]);
  });

  it('survives any bytes and stays within its bound', () => {
    for (let seed = 1; seed <= 100; seed += 1) {
      const random = seeded(seed);
      const noise = Uint8Array.from({ length: 5000 }, () =>
        random() < 0.3 ? 0xff : Math.floor(random() * 256),
      );
      expect(() => split(noise, random)).not.to.throw();
    }
  });

  it('drops a picture that is too large and goes on', () => {
    const large = Buffer.concat([jpeg.subarray(0, -2), Buffer.alloc(5000, 1), jpeg.subarray(-2)]);
    const splitter = new JpegSplitter(1000);
    const found = [large, jpeg, jpeg].flatMap((bytes) => [...splitter.push(bytes)]);
    expect(found).to.have.lengthOf(2);
    expect(splitter.dropped).to.equal(1);
  });

  it('hands out pictures that are files: with tables, and without what stands between them', () => {
    const plain = codec.compressSync(Buffer.alloc(64 * 48 * 3, 99), {
      ...{ format: codec.FORMAT_RGB, subsampling: codec.SAMP_422, width: 64, height: 48 },
    });
    const at = plain.indexOf(STANDARD_TABLES.subarray(0, 4));
    const bare = Buffer.concat([plain.subarray(0, at), plain.subarray(at + STANDARD_TABLES.length)]);
    const fills = [
      Buffer.alloc(0),
      Buffer.alloc(70),
      Buffer.alloc(70, 0xff),
      bare.subarray(-30),
      Buffer.from('text'),
    ];
    const stream = Buffer.concat(fills.flatMap((fill) => [bare, fill]));
    for (let seed = 1; seed <= 50; seed += 1) {
      const pictures = split(stream, seeded(seed));
      expect(pictures, `seed ${seed}`).to.have.lengthOf(fills.length);
      for (const picture of pictures) {
        expect(Buffer.from(picture).includes(STANDARD_TABLES), `seed ${seed}`).to.equal(true);
        expect(codec.decompressSync(Buffer.from(picture), { format: codec.FORMAT_GRAY }).width).to.equal(64);
      }
    }
  });

  it('leaves restart markers in the picture, and passes over those that stray before it', () => {
    const at = jpeg.indexOf(0xdb) - 1;
    const scan = Buffer.from(jpeg).lastIndexOf(Buffer.from([0xff, 0xda]));
    const strayed = Buffer.concat([jpeg.subarray(0, at), Buffer.from([0xff, 0xd3]), jpeg.subarray(at)]);
    const inside = Buffer.concat([
      jpeg.subarray(0, scan + 20),
      Buffer.from([0xff, 0xd0]),
      jpeg.subarray(scan + 20),
    ]);
    for (const picture of [strayed, inside]) {
      const pictures = split(Buffer.concat([picture, jpeg]), seeded(3));
      expect(pictures.map(({ length }) => length)).to.deep.equal([picture.length, jpeg.length]);
    }
  });

  it('reads the size', () => {
    expect(readJpeg(jpeg)).to.include({ width: 64, height: 48 });
    expect(readJpeg(jpeg.subarray(0, 100))).to.equal(undefined);
  });
});
