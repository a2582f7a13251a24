const NEWLINE = 0x0a;

/** Cuts bytes into lines, as they come in pieces. Holds one line of `maxBytes` at most. */
export class LineSplitter {
  readonly #maxBytes: number;
  #pieces: Uint8Array[] = [];
  #length = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The line that has begun is longer than allowed, so nothing more is taken of it. */
  get isTooLong(): boolean {
    return this.#length > this.#maxBytes;
  }

  /** @returns the lines that these bytes complete, without their ends; blank ones are passed over. */
  push(bytes: Uint8Array): readonly Uint8Array[] {
    const lines: Uint8Array[] = [];
    let from = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, from)) {
      this.#keep(bytes.subarray(from, end));
      const line = Buffer.concat(this.#pieces);
      if (!isBlank(line)) lines.push(line);
      this.#pieces = [];
      this.#length = 0;
      from = end + 1;
    }
    this.#keep(bytes.subarray(from));
    return lines;
  }

  #keep(piece: Uint8Array): void {
    if (piece.length === 0 || this.isTooLong) return;
    this.#length += piece.length;
    this.#pieces.push(piece);
  }
}

function isBlank(line: Uint8Array): boolean {
  return line.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);
}
