/** The folder of static files of a plugin: where it is, and what of it is served. */
import { readdirSync, realpathSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

const FOLDER = /^(?:\.\/)?[A-Za-z0-9_][A-Za-z0-9._-]*(?:\/[A-Za-z0-9_][A-Za-z0-9._-]*){0,9}\/?$/;
const MOST_FILES = 5_000;

/** What keeps a text from naming such a folder. */
export function folderFault(folder: unknown): string | undefined {
  return typeof folder === 'string' && folder.length <= 200 && FOLDER.test(folder)
    ? undefined
    : 'the folder must be a path inside the package, such as "public" or "dist/web", not the package itself and without dots in front';
}

/**
 * @param packageFolder where the package of the plugin is.
 * @returns the folder itself, behind all links. @throws TypeError when there is none, or when it is not inside the package.
 */
export function findFolder(packageFolder: string, folder: string): string {
  const place = join(packageFolder, folder);
  let found: string;
  try {
    found = realpathSync(place);
    if (!statSync(found).isDirectory()) throw new Error('it is no folder');
  } catch (cause) {
    throw new TypeError(
      `there is no folder ${place} with static files; build the plugin, or correct the path`,
      { cause },
    );
  }
  const home = realpathSync(packageFolder);
  if (!found.startsWith(`${home}${sep}`))
    throw new TypeError(`the folder ${place} leads out of the package of the plugin`);
  return found;
}

/**
 * What is served, listed once: what is not in the list cannot be asked for, whatever a path looks like. Without links and hidden files.
 * @returns the place of each file by its path, such as `/assets/app.js`. @throws TypeError when there are too many.
 */
export function listFolder(root: string): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  const look = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.name.startsWith('.')) continue;
      const place = join(folder, entry.name);
      if (entry.isDirectory()) look(place);
      else if (entry.isFile()) files.set(`/${relative(root, place).split(sep).join('/')}`, place);
      if (files.size > MOST_FILES)
        throw new TypeError(`the folder ${root} has more than ${String(MOST_FILES)} files`);
    }
  };
  look(root);
  return files;
}
