import type { Clock, FileStore } from '../../ports/index.js';
import { contentOf, type IndexedFile } from '../files/file-note.js';

/** SHA-256 over bytes that come in parts (FIPS 180-4). */
export interface Sha256 {
  update(bytes: Uint8Array): void;
  /** The digest in hexadecimal digits. Called once, after the last part. */
  hex(): string;
}

export interface HasherDeps {
  readonly files: FileStore;
  readonly clock: Clock;
  readonly sha256: () => Sha256;
}

/** No faster, so that recordings and downloads have the disk: 16 MB a second. */
export const HASH_BYTES_PER_SECOND = 16_000_000;

/**
 * Reads a recording and computes its SHA-256, slowly.
 * @returns `undefined` if the file has changed meanwhile.
 * @throws PortError `FILE_NOT_FOUND`, `STORAGE_FAILED`; the signal's reason.
 */
export async function hashOf(
  file: IndexedFile,
  { files, clock, sha256 }: HasherDeps,
  signal: AbortSignal,
): Promise<string | undefined> {
  const hash = sha256();
  for await (const chunk of files.read(file.kind, file.filename)) {
    hash.update(chunk);
    await clock.sleep(Math.ceil((chunk.byteLength * 1_000) / HASH_BYTES_PER_SECOND), signal);
  }
  const after = await files.stat(file.kind, file.filename);
  return contentOf(after) === contentOf(file) ? hash.hex() : undefined;
}
