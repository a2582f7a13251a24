/** A second copy of a package, so that its code can be loaded again: Node keeps each module that it has loaded for as long as it runs. */
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { cp, lstat, mkdir, realpath, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import type { PluginPackage } from './plugin-package.js';

const NOT_CODE = new Set(['node_modules', '.git']);

/**
 * Copies a package without its dependencies into a folder of its own, in which Node finds the same dependencies as at its place.
 * @param into does not exist yet.
 * @returns the package at its new place.
 */
export async function copyPackage(found: PluginPackage, into: string): Promise<PluginPackage> {
  const origin = realpathSync(found.folder);
  let folder = into;
  for (const modules of modulesAbove(origin)) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await symlink(modules, join(folder, 'node_modules'));
    folder = join(folder, 'in');
  }
  folder = join(folder, 'package');
  const filter = async (path: string, copy: string): Promise<boolean> => {
    if (path === origin) return true;
    return !NOT_CODE.has(basename(path)) && !(await isKeptAsLink(path, { copy, origin }));
  };
  await cp(origin, folder, { recursive: true, dereference: true, filter });
  const own = join(origin, 'node_modules');
  if (existsSync(own)) await symlink(own, join(folder, 'node_modules'));
  return { ...found, folder, module: join(folder, relative(origin, realpathSync(found.module))) };
}

/**
 * A link out of the package stays a link, however large that is to which it leads; so does one to a folder around it, which would be copied
 * without end. @returns false for what is to be copied.
 */
async function isKeptAsLink(
  path: string,
  { copy, origin }: { readonly copy: string; readonly origin: string },
): Promise<boolean> {
  if (!(await lstat(path)).isSymbolicLink()) return false;
  const target = await realpath(path).catch(() => undefined);
  const isAround = target !== undefined && isBelow(await realpath(dirname(path)), target);
  if (target !== undefined && isBelow(target, origin) && !isAround) return false;
  if (target !== undefined) await symlink(target, copy);
  return true;
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === sep ? sep : `${folder}${sep}`);
}

/** The folders of dependencies that the package shares with others, the farthest first. */
function modulesAbove(origin: string): readonly string[] {
  const found: string[] = [];
  for (let folder = dirname(origin); ; folder = dirname(folder)) {
    const modules = basename(folder) === 'node_modules' ? folder : join(folder, 'node_modules');
    if (existsSync(modules) && !found.includes(modules)) found.unshift(modules);
    if (folder === dirname(folder)) return found;
  }
}

export async function removeCopy(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

/** The versions of what a package depends on, as Node finds it. Their code is loaded once in the life of a process. */
export function dependencyVersions({ folder }: Pick<PluginPackage, 'folder'>): ReadonlyMap<string, string> {
  const origin = realpathSync(folder);
  const { dependencies } = jsonOf(origin) as { dependencies?: Readonly<Record<string, unknown>> };
  return new Map(
    Object.keys(dependencies ?? {}).flatMap((name) => {
      const place = [join(origin, 'node_modules'), ...[...modulesAbove(origin)].reverse()]
        .map((modules) => join(modules, name))
        .find((each) => existsSync(join(each, 'package.json')));
      return place === undefined ? [] : [[name, String(jsonOf(place)['version'])] as const];
    }),
  );
}

function jsonOf(folder: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, unknown>;
  } catch {
    return {};
  }
}
