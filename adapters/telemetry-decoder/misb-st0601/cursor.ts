/** Reads bytes from front to back. Lengths and tags as in ITU-T X.690 (BER) and SMPTE ST 336. */

/** The bytes do not say what they should. The message is a part of a sentence. */
export class Malformed extends Error {}

const MOST_OID_BYTES = 4;

export class Cursor {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** @throws Malformed when there are fewer. */
  take(count: number): Uint8Array {
    if (count > this.left) throw new Malformed(`ends ${String(count - this.left)} bytes too early`);
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  rest(): Uint8Array {
    return this.take(this.left);
  }

  byte(): number {
    return this.take(1)[0] ?? 0;
  }

  /** A length in short or long form. The indefinite form is not used. */
  berLength(): number {
    const first = this.byte();
    if (first < 0x80) return first;
    const count = first & 0x7f;
    if (count === 0) throw new Malformed('has a length of the indefinite form');
    let length = 0;
    for (const byte of this.take(count)) length = length * 256 + byte;
    if (!Number.isSafeInteger(length)) throw new Malformed('has a length that is too large');
    return length;
  }

  /** A tag or an identifier: seven bits in each byte, the most significant ones first. */
  oid(): number {
    let value = 0;
    for (let count = 0; count < MOST_OID_BYTES; count++) {
      const byte = this.byte();
      value = value * 128 + (byte & 0x7f);
      if (byte < 0x80) return value;
    }
    throw new Malformed(`has an identifier of more than ${String(MOST_OID_BYTES)} bytes`);
  }

  /** A value with its length before it. */
  field(): Cursor {
    return new Cursor(this.take(this.berLength()));
  }
}
