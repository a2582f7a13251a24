/** Files that root makes for somebody else. */
import type { promises as fs } from 'node:fs';
import { stat } from 'node:fs/promises';

import { errnoOf } from './errno.js';

/**
 * Gives a file to the owner of its folder when root has made it: an administrator runs a command beside a service that has a user of
 * its own, which must be able to read what the command wrote.
 */
export async function giveToOwnerOf(folder: string, file: fs.FileHandle): Promise<void> {
  if (process.geteuid?.() !== 0) return;
  const [owner, facts] = [await stat(folder), await file.stat()];
  if (owner.uid === facts.uid && owner.gid === facts.gid) return;
  try {
    await file.chown(owner.uid, owner.gid);
  } catch (cause) {
    // Root of a container may not give files to users that it does not know; the file then stays its own.
    if (!['EPERM', 'EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'EROFS'].includes(errnoOf(cause))) throw cause;
  }
}
