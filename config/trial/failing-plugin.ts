/** A package that is the plugin under check with methods that misbehave, for the service to load. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MANIFEST_KEY } from '../../plugins/host/manifest.js';
import type { PluginPackage } from '../plugin-package.js';
import { templatesIn } from '../templates.js';

/** `calls`: everything but start and stop misbehaves, and these do nothing. `life`: start and stop misbehave. */
export type Part = 'calls' | 'life';
export const WAYS = ['throws', 'rejects', 'hangs', 'returns nonsense'] as const;
export type Way = (typeof WAYS)[number];

/** Source of devices that the package has besides. */
export const CHECK_SOURCE = 'plugin-check';

/** @returns its folder. */
export function writeFailingPlugin(
  { name, version, module, manifest }: PluginPackage,
  folder: string,
  { part, way }: { readonly part: Part; readonly way: Way },
): string {
  mkdirSync(folder, { recursive: true });
  const provides = [...(manifest?.provides ?? []), { port: 'DeviceEventSource', name: CHECK_SOURCE }];
  const about = {
    ...{ name, version, type: 'module', main: 'index.mjs' },
    [MANIFEST_KEY]: {
      apiVersion: manifest?.apiVersion,
      provides,
      capabilities: manifest?.capabilities ?? [],
    },
  };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(about));
  const values: Readonly<Record<string, string>> = { module: pathToFileURL(module).href, way, part };
  for (const [path, text] of templatesIn('check'))
    writeFileSync(
      join(folder, path),
      Object.entries(values).reduce((whole, [key, value]) => whole.replaceAll(`@@${key}@@`, value), text),
    );
  return folder;
}
