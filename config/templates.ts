/** The files that this package writes for authors of plugins. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { PortError } from '../ports/index.js';

const SUFFIX = '.template';
/** This file lies in `config`, the bundle in `dist`. */
const ROOT = [join(import.meta.dirname, '..')].find((folder) => existsSync(join(folder, 'config/templates')));

/** @returns path and text of each file of a folder of templates. @throws PortError `STORAGE_FAILED`. */
export function templatesIn(part: string): readonly (readonly [string, string])[] {
  const folder = join(packageRoot(), 'config/templates', part);
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(SUFFIX))
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [relative(folder, path).slice(0, -SUFFIX.length), readFileSync(path, 'utf8')] as const;
    });
}

/** The folder of this package. @throws PortError `STORAGE_FAILED` when it lacks its templates. */
export function packageRoot(): string {
  if (ROOT === undefined)
    throw new PortError('STORAGE_FAILED', { message: 'the templates are not in this package' });
  return ROOT;
}
