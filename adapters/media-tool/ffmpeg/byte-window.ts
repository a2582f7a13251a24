import type { FileHandle } from 'node:fs/promises';

/** Headers are small and often near each other; the bodies between them are passed over. */
const WINDOW_BYTES = 4_096;

/** Reads small parts of a file at rising positions, with few reads. */
export class ByteWindow {
  /** Size of the file when it was opened; nothing behind it is read. */
  readonly size: number;
  readonly #file: FileHandle;
  readonly #signal: AbortSignal;
  #begin = 0;
  #bytes: Buffer = Buffer.alloc(0);

  constructor(file: FileHandle, size: number, signal: AbortSignal) {
    this.#file = file;
    this.size = size;
    this.#signal = signal;
  }

  /** @returns the bytes at this position, fewer at the end of the file; they are not changed by later calls. @throws the signal's reason. */
  async at(position: number, length: number): Promise<Buffer> {
    const wanted = Math.max(0, Math.min(length, this.size - position));
    const held = position - this.#begin;
    if (held >= 0 && held + wanted <= this.#bytes.length) return this.#bytes.subarray(held, held + wanted);
    this.#signal.throwIfAborted();
    const bytes = Buffer.alloc(Math.min(Math.max(wanted, WINDOW_BYTES), this.size - position));
    const { bytesRead } = await this.#file.read(bytes, 0, bytes.length, position);
    [this.#begin, this.#bytes] = [position, bytes.subarray(0, bytesRead)];
    return this.#bytes.subarray(0, wanted);
  }
}
