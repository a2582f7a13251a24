import type { ByteRange, IntegrityReport } from '../../ports/index.js';
import { extensionOf, parseFileName } from '../files/file-names.js';
import type { IndexedFile } from '../files/file-note.js';

/**
 * What is to be done about a file. `none`: it is intact. `report`: it is damaged, but nothing tells that this service has recorded it,
 * so that it is left as it is. `salvage`: these parts are kept. `quarantine`: there is nothing in it that can be kept.
 */
export type DamagePlan =
  | { readonly action: 'none' | 'report' }
  | { readonly action: 'salvage'; readonly keep: readonly ByteRange[]; readonly lostBytes: number }
  | { readonly action: 'quarantine'; readonly lostBytes: number };

/** What the media server writes. Other containers are made from it, and appear only when they are complete. */
const RECORDED = new Set(['mp4', 'ts']);

/** Whether a file may be a recording as it was written. */
export function mayBeRecorded({ kind, filename }: Pick<IndexedFile, 'kind' | 'filename'>): boolean {
  return kind === 'recordings' && RECORDED.has(extensionOf(filename));
}

/** Whether this service has recorded a file: its history names the session, or its name carries the mark of one. */
function isRecorded({ note, filename }: Pick<IndexedFile, 'note' | 'filename'>): boolean {
  return note.sessionId !== undefined || parseFileName(filename)?.mark !== undefined;
}

export function damagePlan(
  file: Pick<IndexedFile, 'note' | 'filename'>,
  { complete, intact, sizeBytes }: IntegrityReport,
): DamagePlan {
  if (complete) return { action: 'none' };
  if (!isRecorded(file)) return { action: 'report' };
  const kept = intact.reduce((sum, { first, last }) => sum + last + 1 - first, 0);
  // What is damaged but complete in length (an unknown box at the end of it, say) has nothing to cut off.
  if (kept === sizeBytes && kept > 0) return { action: 'report' };
  const lostBytes = sizeBytes - kept;
  return kept === 0 ? { action: 'quarantine', lostBytes } : { action: 'salvage', keep: intact, lostBytes };
}
