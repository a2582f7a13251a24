import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { NativePackage } from '../../../adapters/_shared/plain/native-packages.mjs';
import { hasSources } from '../paths.mjs';
import type { DoctorLine } from './line.js';

interface Installation {
  /** The folder of this package. */
  readonly root: string;
  readonly chosen?: readonly string[];
}

/** Native packages are loaded, because a package for another platform is found and still does not work. */
export async function checkNative(
  name: string,
  { install, adapters, use }: NativePackage,
  { root, chosen = adapters }: Installation,
): Promise<DoctorLine> {
  const require = createRequire(path.join(root, 'package.json'));
  const fault = faultOf(() => require(name) as unknown);
  if (fault === undefined)
    return { component: name, state: 'ok', found: await versionOf(name, require.resolve.paths(name) ?? []) };
  const without = adapters.filter((adapter) => chosen.includes(adapter));
  if (without.length === 0) {
    return { component: name, state: 'ok', found: `${fault}; no selected adapter needs it` };
  }
  const found = `${fault}; needed for ${use} by ${without.join(', ')}`;
  const remedy = hasSources(root) ? 'run npm ci' : `where this package is installed, run: ${install}`;
  return { component: name, state: 'warning', found, remedy };
}

function faultOf(load: () => unknown): string | undefined {
  try {
    load();
    return undefined;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'it cannot be loaded';
    return code === 'MODULE_NOT_FOUND' ? 'not installed' : `not usable: ${code}`;
  }
}

/** The modules of an installed package lie further up. */
async function versionOf(name: string, folders: readonly string[]): Promise<string> {
  for (const folder of folders) {
    const manifest = await readFile(path.join(folder, name, 'package.json'), 'utf8').catch(() => undefined);
    if (manifest !== undefined) return (JSON.parse(manifest) as { version: string }).version;
  }
  return 'unknown version';
}
