import { randomBytes } from 'node:crypto';
import { promises as fs } from 'node:fs';
import path from 'node:path';

import { errnoOf } from '../../_shared/errno.js';

/** Begins with a dot: such a name is never listed and nobody can ask for it. */
const TEMPORARY = /^\.writing-[0-9a-f]{16}$/;
const STALE_AFTER_MS = 10 * 60_000;

/** Makes `file` with its whole content or not at all; fails with `EEXIST` when something has the name. */
export async function createFile(file: string, bytes: Uint8Array): Promise<void> {
  await writeWhole(file, bytes, giveName);
}

/** Makes `file` with its whole content, in place of what has the name, or leaves everything as it is. */
export async function replaceFile(file: string, bytes: Uint8Array): Promise<void> {
  await writeWhole(file, bytes, async (temporary) => {
    // Something that is no file keeps its name.
    const found = await fs.lstat(file).catch(() => undefined);
    if (found?.isFile() === false) throw Object.assign(new Error('not a file'), { code: 'EEXIST' });
    await fs.rename(temporary, file);
  });
}

async function writeWhole(file: string, bytes: Uint8Array, place: typeof giveName): Promise<void> {
  const temporary = path.join(path.dirname(file), `.writing-${randomBytes(8).toString('hex')}`);
  try {
    const handle = await fs.open(temporary, 'wx', 0o640);
    try {
      await handle.writeFile(bytes);
      await handle.datasync();
    } finally {
      await handle.close();
    }
    await place(temporary, file);
  } finally {
    await fs.rm(temporary, { force: true }).catch(() => undefined);
  }
}

/** A hard link refuses a name that is taken, which a rename does not. */
async function giveName(temporary: string, file: string): Promise<void> {
  try {
    await fs.link(temporary, file);
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'ENOSYS', 'EOPNOTSUPP', 'EMLINK'].includes(errnoOf(error))) throw error;
    // FAT has no links: the name is reserved exclusively and its empty file replaced in the next step.
    await (await fs.open(file, 'wx', 0o640)).close();
    await fs.rename(temporary, file);
  }
}

export async function tryWriting(folder: string): Promise<void> {
  const probe = path.join(folder, `.writing-${randomBytes(8).toString('hex')}`);
  try {
    await fs.writeFile(probe, 'probe', { flag: 'wx' });
  } finally {
    await fs.rm(probe, { force: true });
  }
}

/** Removes what a killed process left half written. */
export async function removeStaleTemporaries(folder: string): Promise<void> {
  const names = await fs.readdir(folder).catch((cause: unknown) => {
    if (errnoOf(cause) === 'ENOENT') return [];
    throw cause;
  });
  for (const name of names) {
    if (!TEMPORARY.test(name)) continue;
    const file = path.join(folder, name);
    const stats = await fs.lstat(file).catch(() => undefined);
    if (stats !== undefined && Date.now() - stats.mtimeMs > STALE_AFTER_MS)
      await fs.rm(file, { force: true });
  }
}
