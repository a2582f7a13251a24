/** Where programs are. */
import { access, constants, stat } from 'node:fs/promises';
import path from 'node:path';

/**
 * The first program of that name on a search path.
 * @param {string} name
 * @param {string | undefined} searchPath as in `PATH`; entries that are not absolute are left out
 * @returns {Promise<string | undefined>}
 */
export async function findOnPath(name, searchPath) {
  for (const folder of (searchPath ?? '').split(path.delimiter)) {
    const file = path.join(folder, name);
    if (path.isAbsolute(folder) && (await isExecutable(file))) return file;
  }
  return undefined;
}

/** @param {string} file */
export async function isExecutable(file) {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}
