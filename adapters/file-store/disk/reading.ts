import { constants, promises as fs } from 'node:fs';

import type { ByteRange } from '../../../ports/file-store.js';
import { PortError } from '../../../ports/port-error.js';
import { clipRange } from '../../_shared/byte-range.js';

/** Large enough that the cost per chunk vanishes beside the copying. */
const CHUNK_BYTES = 1024 * 1024;

/** The bytes that the file has when it is opened; what a writer appends later is not part of it. */
export async function* readParts(file: string, range: ByteRange | undefined): AsyncGenerator<Uint8Array> {
  // Without O_NONBLOCK, opening a named pipe would wait for a writer for ever.
  const handle = await fs.open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw new PortError('FILE_NOT_FOUND', { message: 'not a plain file' });
    const part = clipRange(range, stats.size);
    if (part === undefined) return;
    for (let at = part.start; at < part.end;) {
      const chunk = Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, part.end - at));
      const { bytesRead } = await handle.read(chunk, 0, chunk.byteLength, at);
      if (bytesRead === 0) throw new PortError('STORAGE_FAILED', { message: 'the file has been truncated' });
      at += bytesRead;
      yield bytesRead === chunk.byteLength ? chunk : chunk.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}
