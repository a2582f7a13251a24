import { isPortError, type FileStore } from '../../ports/index.js';
import { isOwn } from './file-plan.js';
import type { RecordingSession } from './recording-session.js';

/** Removes every file of a recording that did not start. One that is gone already does no harm. */
export async function removeFilesOf(session: RecordingSession, files: FileStore): Promise<void> {
  for (const { filename } of await files.list('recordings')) {
    if (!isOwn(session, filename)) continue;
    try {
      await files.remove('recordings', filename);
    } catch (cause) {
      if (!isPortError(cause, 'FILE_NOT_FOUND')) throw cause;
    }
  }
}
