import { watch } from 'node:fs';
import { basename } from 'node:path';
import { PortError } from '../../../ports/port-error.js';
import { errnoOf } from '../../_shared/errno.js';
import { isFileName } from '../../_shared/file-name.js';

/** Tells of changes in a folder through one inotify watch. @throws PortError `STORAGE_FAILED`. */
export function watchFolder(folder: string, listener: (filename: string | undefined) => void): () => void {
  try {
    const watcher = watch(folder, { persistent: false }, (_event, name) => {
      // The folder itself was removed, moved or unmounted.
      if (name === null || name === basename(folder)) listener(undefined);
      else if (isFileName(name)) listener(name);
    });
    watcher.on('error', () => {
      watcher.close();
      listener(undefined);
    });
    return () => watcher.close();
  } catch (cause) {
    throw new PortError('STORAGE_FAILED', {
      message: `${folder} cannot be watched (${errnoOf(cause)})`,
      cause,
      detail: { errno: errnoOf(cause) },
    });
  }
}
