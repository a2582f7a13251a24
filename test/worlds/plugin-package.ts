/** The folder of a plugin, as a package would be installed. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface PackageContent {
  readonly code: string;
  readonly capabilities?: readonly string[];
}

export async function writePluginPackage(
  parent: string,
  name: string,
  { code, capabilities = [] }: PackageContent,
): Promise<string> {
  const folder = join(parent, name);
  await mkdir(folder, { recursive: true });
  const manifest = { apiVersion: '^1.0.0', provides: [], capabilities };
  const content = { name, version: '1.2.3', type: 'module', main: 'index.js', 'camera-service': manifest };
  await writeFile(join(folder, 'package.json'), JSON.stringify(content, undefined, 2));
  await writeFile(join(folder, 'index.js'), code);
  return folder;
}
