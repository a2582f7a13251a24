/** Which bytes of a file are intact. */
import { open, type FileHandle } from 'node:fs/promises';
import type { IntegrityReport } from '../../../ports/media-tool.js';
import { ByteWindow } from './byte-window.js';
import { IntactParts } from './intact-parts.js';
import { Mp4Integrity } from './mp4-integrity.js';
import { tsIntegrity } from './ts-integrity.js';

const HEAD_BYTES = 8;
/** First bytes of a Matroska file (RFC 8794 §11.2.1). */
const EBML = 0x1a45dfa3;

/** @throws the error of the operating system if the file cannot be read; the signal's reason. */
export async function integrityOf(path: string, signal: AbortSignal): Promise<IntegrityReport> {
  const file = await open(path, 'r');
  try {
    return await examine(file, signal);
  } finally {
    await file.close();
  }
}

async function examine(file: FileHandle, signal: AbortSignal): Promise<IntegrityReport> {
  const { size } = await file.stat();
  const bytes = new ByteWindow(file, size, signal);
  const head = await bytes.at(0, HEAD_BYTES);
  if (head.length < HEAD_BYTES)
    return nothing(size, size === 0 ? 'the file is empty' : 'the file is too short');
  if (head.toString('latin1', 4, 8) === 'ftyp') return await new Mp4Integrity(bytes).report();
  if (head.readUInt32BE(0) === EBML) return unexamined(size);
  // A transport stream is found even if its beginning is damaged: every packet can be played without those before it.
  return (await tsIntegrity(file, size, signal)) ?? nothing(size, 'this is neither MP4 nor MPEG-TS');
}

function nothing(size: number, reason: string): IntegrityReport {
  const parts = new IntactParts();
  parts.problem(0, reason);
  return parts.report('unknown', size, false);
}

function unexamined(size: number): IntegrityReport {
  const parts = new IntactParts();
  parts.keep(0, size);
  return parts.report('mkv', size, true);
}
