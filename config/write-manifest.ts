/** The manifest of a package is written from its code, so that each declaration stands in one place only. */
import { existsSync, writeFileSync } from 'node:fs';
import { PortError } from '../ports/index.js';
import type { Provision } from '../plugins/host/manifest.js';
import { hostOfBuiltIn } from './catalogue.js';
import { importPlugin } from './import-plugin.js';
import { withManifest } from './manifest-text.js';
import { entryOf } from './plugin-entry.js';
import { readPackage, type PackageFile } from './plugin-package.js';

const DEADLINE_MS = 10_000;

export interface WrittenManifest {
  readonly file: string;
  readonly isCurrent: boolean;
  /** As `Port/name`. */
  readonly provides: readonly string[];
  readonly capabilities: readonly string[];
}

/**
 * Runs the built code of a plugin's package and writes what it provides into its `package.json`.
 * @throws PortError `OPTION_INVALID` for a package that is not built, or whose code is no sound plugin.
 */
export async function writeManifest(
  folder: string,
  { check }: { readonly check: boolean },
  signal: AbortSignal,
): Promise<WrittenManifest> {
  const found = readPackage(folder, folder);
  if (found === undefined) throw refuse(folder, 'there is no package.json in it');
  const { provisions, capabilities } = await contentOf(folder, found, signal);
  const text = withManifest(found.text, provisions, capabilities);
  const isCurrent = text === found.text;
  if (!check && !isCurrent) write(found.file, text);
  const provides = provisions.map(({ port, name }) => `${port}/${name}`);
  return { file: found.file, isCurrent, provides, capabilities };
}

interface Content {
  readonly provisions: readonly Provision[];
  readonly capabilities: readonly string[];
}

async function contentOf(
  folder: string,
  { file, content }: PackageFile,
  signal: AbortSignal,
): Promise<Content> {
  const module = entryOf(folder, content);
  if (module === undefined || !existsSync(module))
    throw refuse(
      folder,
      `its main file ${module ?? ''} does not exist; build it, or correct "exports" or "main" in ${file}`,
    );
  const found = { name: folder, version: '0.0.0', module, folder, isEsModule: content['type'] === 'module' };
  const plugin = (await importPlugin(found, DEADLINE_MS, signal)) as { readonly name: string };
  const host = await hostOfBuiltIn(signal);
  await host.load(plugin, { version: '0.0.0', folder, deadlineMs: DEADLINE_MS, grants: 'all' }, signal);
  const capabilities = host.declarationsOf(plugin.name)?.used ?? [];
  return { provisions: host.adapters.provisions(plugin.name), capabilities };
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (cause) {
    throw refuse(file, `it cannot be written: ${(cause as Error).message}`);
  }
}

function refuse(place: string, rule: string): PortError {
  return new PortError('OPTION_INVALID', { message: `${place}: ${rule}`, detail: { option: place, rule } });
}
