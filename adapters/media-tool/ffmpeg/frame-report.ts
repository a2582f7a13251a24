import { open } from 'node:fs/promises';
import type { FramePosition, FrameReport } from '../../../ports/media-tool.js';
import { PortError } from '../../../ports/port-error.js';
import { mp4Frames } from './mp4-frames.js';
import { tsFrames } from './ts-frames.js';

const HEAD_BYTES = 189;
const SYNC_BYTE = 0x47;
/** First bytes of a Matroska file (RFC 8794 §11.2.1). */
const EBML = 0x1a45dfa3;

/** @throws PortError `TOOL_FAILED` for a file that is not media. */
export async function frameReport(path: string, from: FramePosition | undefined): Promise<FrameReport> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const head = Buffer.alloc(HEAD_BYTES);
    const { bytesRead } = await file.read(head, 0, HEAD_BYTES, 0);
    if (head[0] === SYNC_BYTE && (bytesRead < HEAD_BYTES || head[188] === SYNC_BYTE))
      return await tsFrames(file, from, size);
    if (head.toString('latin1', 4, 8) === 'ftyp') return await mp4Frames(file, from, size);
    const nowhere = { byte: 0, seconds: 0, interval: 0 };
    // A file that was only just begun.
    if (bytesRead < 8 || head.readUInt32BE(0) === EBML) return { pauses: [], position: from ?? nowhere };
  } finally {
    await file.close();
  }
  throw new PortError('TOOL_FAILED', { message: 'the file is not a media file', detail: { tail: [] } });
}
