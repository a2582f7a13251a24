import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Directories } from '../plugins/api/index.js';
import { PortError } from '../ports/index.js';
import { nearestThatIs, ownersRemedy } from './owner.js';

const NAMES = ['state', 'recordings', 'snapshots', 'run', 'logs'] as const;
type Name = (typeof NAMES)[number];

/** Absolute paths of the folders that configuration names. */
export function directoriesOf(config: { get(key: string): unknown }): Directories {
  const base = resolve(config.get('paths.base') as string);
  const entries = NAMES.map((name) => [name, resolve(base, config.get(`paths.${name}`) as string)]);
  return Object.fromEntries(entries) as Record<Name, string>;
}

/** Folders with secrets, for this user alone. Without them nothing works. */
const PRIVATE: readonly Name[] = ['state', 'run'];
const PRIVATE_MODE = 0o700;
/** Others of the group may look at recordings; nobody else. */
const SHARED_MODE = 0o750;

/**
 * Makes the folders that are missing.
 * @returns what is wrong with folders that the service can do without: snapshots and recordings then wait for their storage.
 * @throws PortError `STORAGE_FAILED` naming the key, the path and the remedy for a folder that it needs.
 */
export function makeDirectories(directories: Directories): readonly PortError[] {
  return NAMES.flatMap((name) => {
    const isPrivate = PRIVATE.includes(name);
    const path = directories[name];
    try {
      mkdirSync(path, { recursive: true, mode: isPrivate ? PRIVATE_MODE : SHARED_MODE });
      if (isPrivate) keepPrivate(path);
      else if (name !== 'logs') closeToOthers(path);
      return [];
    } catch (cause) {
      const trouble = unusable(name, path, cause);
      if (isPrivate) throw trouble;
      return [trouble];
    }
  });
}

function keepPrivate(path: string): void {
  if ((statSync(path).mode & 0o777) === PRIVATE_MODE) return;
  try {
    chmodSync(path, PRIVATE_MODE);
  } catch (cause) {
    // Nothing will come into it, and the files in it are private themselves: the service serves with what is there.
    if ((cause as NodeJS.ErrnoException).code !== 'EROFS') throw cause;
  }
}

/** A folder that somebody else made may belong to somebody else: then its mode is theirs to choose. */
function closeToOthers(path: string): void {
  try {
    chmodSync(path, SHARED_MODE);
  } catch (cause) {
    if (!['EPERM', 'EROFS', 'ENOTSUP'].includes(String((cause as NodeJS.ErrnoException).code))) throw cause;
  }
}

const REMEDIES: Readonly<Record<string, (culprit: string) => string>> = {
  EACCES: ownersRemedy,
  EPERM: ownersRemedy,
  EEXIST: (culprit) => `${culprit} is not a folder: move or delete it`,
  ENOTDIR: (culprit) => `${culprit} is not a folder: move or delete it`,
  EROFS: (culprit) => `${culprit} is on a read-only file system: mount it read-write`,
  ENOSPC: (culprit) => `the disk that contains ${culprit} is full: free some space`,
  EDQUOT: (culprit) => `the disk quota of this user for ${culprit} is exhausted: free some space`,
  ENOENT: (culprit) => `${culprit} is a link whose target does not exist: mount or create the target`,
  ELOOP: (culprit) => `${culprit} is a symbolic link that points to itself: remove it`,
  ENAMETOOLONG: () => 'the path is too long',
};

function unusable(name: Name, path: string, cause: unknown): PortError {
  const errno = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
  const known = REMEDIES[errno]?.(nearestThatIs(path));
  const other = `set paths.${name} to a folder that this user can write to`;
  const remedy = `${known === undefined ? '' : `${known}, or `}${other}`;
  return new PortError('STORAGE_FAILED', {
    cause,
    message: `paths.${name}: the folder ${path} cannot be used (${errno}): ${remedy}`,
    detail: { option: `paths.${name}`, path, errno, remedy },
  });
}
