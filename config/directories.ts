import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Directories } from '../plugins/api/index.js';
import { PortError } from '../ports/index.js';
import type { Config } from './load.js';

/** Absolute paths of the folders that configuration names. */
export function directoriesOf(config: Config): Directories {
  const base = resolve(config.get('paths.base') as string);
  const at = (key: string): string => resolve(base, config.get(`paths.${key}`) as string);
  return {
    state: at('state'),
    recordings: at('recordings'),
    snapshots: at('snapshots'),
    run: at('run'),
    logs: at('logs'),
  };
}

/** The store of the files makes these, as its files need them; it waits for a disk that is away. */
const OF_THE_STORE = ['recordings', 'snapshots'];
const PRIVATE = ['state', 'run'];

/**
 * Makes the folders that are missing. Those with secrets are for this user alone.
 * @throws PortError `STORAGE_FAILED` that names the key, what is wrong with the folder and what to do.
 */
export function makeDirectories(directories: Directories): void {
  for (const [name, path] of Object.entries(directories) as [keyof Directories, string][]) {
    if (OF_THE_STORE.includes(name)) continue;
    try {
      mkdirSync(path, { recursive: true });
      if (PRIVATE.includes(name)) keepPrivate(path);
    } catch (cause) {
      throw unusable(name, path, cause);
    }
  }
}

function keepPrivate(path: string): void {
  if ((statSync(path).mode & 0o777) === 0o700) return;
  try {
    chmodSync(path, 0o700);
  } catch (cause) {
    // Nothing will come into it, and the files in it are private themselves: the service serves with what is there.
    if ((cause as NodeJS.ErrnoException).code !== 'EROFS') throw cause;
  }
}

function unusable(name: string, path: string, cause: unknown): PortError {
  const { code = 'failed' } = cause as NodeJS.ErrnoException;
  const key = `paths.${name}`;
  return new PortError('STORAGE_FAILED', {
    message: `${key}: the folder ${path} cannot be used (${code}): ${remedyFor(code, path)}, or set ${key} to another folder`,
    cause,
    detail: { key, path, errno: code },
  });
}

function remedyFor(code: string, path: string): string {
  const user = String(process.getuid?.());
  if (['EEXIST', 'ENOTDIR'].includes(code)) return 'a part of the path is a file; move that away';
  if (code === 'EROFS') return 'mount its file system for writing';
  if (['EACCES', 'EPERM'].includes(code))
    return `run this as the user that owns it${ownerOf(path)}, or give it to this user (${user})`;
  return 'make it usable';
}

function ownerOf(path: string): string {
  try {
    return ` (sudo -u '#${String(statSync(path).uid)}')`;
  } catch {
    // It is in a folder that this user cannot look into.
    return '';
  }
}
