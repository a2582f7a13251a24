import { chmodSync, mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Directories } from '../plugins/api/index.js';
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

/** Makes the folders that are missing. Those with secrets are for this user alone. */
export function makeDirectories(directories: Directories): void {
  for (const path of Object.values(directories) as string[]) mkdirSync(path, { recursive: true });
  for (const path of [directories.state, directories.run]) chmodSync(path, 0o700);
  for (const path of [directories.recordings, directories.snapshots]) closeToOthers(path);
}

/** A folder that somebody else made may belong to somebody else: then its mode is theirs to choose. */
function closeToOthers(path: string): void {
  try {
    chmodSync(path, 0o750);
  } catch (cause) {
    if (!['EPERM', 'EROFS', 'ENOTSUP'].includes(String((cause as NodeJS.ErrnoException).code))) throw cause;
  }
}
