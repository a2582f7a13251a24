import { parseFileName } from '../files/file-names.js';
import type { IndexedFile } from '../files/file-note.js';
import { each, inTurns } from '../lifecycle/in-turns.js';
import type { RetainedFile } from './plan.js';

export interface Observing {
  /** Whether a file must stay at the moment, by its name. */
  readonly isHeld: (filename: string) => boolean;
  /** Lets others have their turn. */
  readonly yieldTurn: () => Promise<void>;
}

/** What retention needs to know of recordings, without keeping the event loop from others. */
export async function observeFiles(
  all: readonly IndexedFile[],
  { isHeld, yieldTurn }: Observing,
): Promise<readonly RetainedFile[]> {
  const files: RetainedFile[] = [];
  // The index changes its array while others have their turn.
  const steps = each([...all], (file) => void files.push(describe(file, isHeld)));
  await inTurns(steps, yieldTurn);
  return files;
}

function describe(file: IndexedFile, isHeld: Observing['isHeld']): RetainedFile {
  const { filename, camera, sizeBytes } = file;
  return {
    ...{ filename, camera, sizeBytes },
    endedAt: endOf(file),
    isKnown: isOwnRecording(file),
    isHeld: isHeld(filename),
  };
}

/** When a file ends, in milliseconds since 1970: the latest of what its frames and the disk say. */
export function endOf({ startedAt, modifiedAt, note }: IndexedFile): number {
  return Math.max(startedAt + (note.durationSeconds ?? 0) * 1_000, modifiedAt);
}

/** Whether this service has recorded it: its history names the recording, or its name carries the mark of one. A clip is no recording. */
export function isOwnRecording({ filename, note }: IndexedFile): boolean {
  if (note.origin !== undefined) return false;
  return note.sessionId !== undefined || parseFileName(filename)?.mark !== undefined;
}
