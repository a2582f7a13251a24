import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the repository, without a slash at its end. */
export const root = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');

const IGNORED = new Set(['.git', 'node_modules', 'dist', 'coverage', '.dev', '.cache']);

export interface TreeFile {
  /** Relative to the root, with forward slashes. */
  readonly path: string;
  readonly sizeBytes: number;
}

function walk(folder: string): TreeFile[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (IGNORED.has(entry.name)) return [];
    const full = join(folder, entry.name);
    if (entry.isDirectory()) return walk(full);
    return entry.isFile() ? [{ path: relative(root, full), sizeBytes: statSync(full).size }] : [];
  });
}

let found: readonly TreeFile[] | undefined;

/** All files of the repository, without what is installed or built. */
export function files(): readonly TreeFile[] {
  found ??= walk(root);
  return found;
}

/** The paths that match, sorted. */
export function paths(pattern: RegExp): string[] {
  return files()
    .map((file) => file.path)
    .filter((path) => pattern.test(path))
    .sort();
}

export function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

export function exists(path: string): boolean {
  return files().some((file) => file.path === path || file.path.startsWith(`${path}/`));
}

/** Names of the folders directly below a folder; empty when there is none. */
export function folders(path: string): string[] {
  const prefix = `${path}/`;
  const names = files()
    .filter((file) => file.path.startsWith(prefix))
    .map((file) => file.path.slice(prefix.length).split('/'))
    .filter((rest) => rest.length > 1)
    .map((rest) => rest[0] ?? '');
  return [...new Set(names)].sort();
}

const NOT_TEXT = /\.(png|jpg|jpeg|gif|webp|ico|woff2?|ts\.bin|mp4|klv|bin)$/;

/** The text files that people write: no lockfile, no pictures. */
export function texts(pattern = /./): string[] {
  return paths(pattern).filter((path) => !NOT_TEXT.test(path) && path !== 'package-lock.json');
}

export interface PackageFile {
  readonly version: string;
  readonly license: string;
  readonly bin: Readonly<Record<string, string>>;
  readonly c8?: unknown;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

export function packageFile(): PackageFile {
  return JSON.parse(read('package.json')) as PackageFile;
}
