import { isPortError } from '../../ports/index.js';
import type { FileIndex } from '../files/file-index.js';
import { isOwn, wantedOf } from './file-plan.js';
import type { RecordingSession } from './recording-session.js';

/** Removes every file of a recording that did not start. One that is gone already does no harm. */
export async function removeFilesOf(session: RecordingSession, index: FileIndex): Promise<void> {
  for (const { filename } of await index.written([wantedOf(session)], 0)) {
    if (!isOwn(session, filename)) continue;
    try {
      await index.remove('recordings', filename);
    } catch (cause) {
      if (!isPortError(cause, 'FILE_NOT_FOUND')) throw cause;
    }
  }
}
