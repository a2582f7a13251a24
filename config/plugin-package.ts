/** Finds the package of a plugin and reads what it says of itself. Runs nothing of it. */
import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  judgeManifest,
  MANIFEST_KEY,
  type ManifestFault,
  type PluginManifest,
} from '../plugins/host/manifest.js';
import { position } from './fault-text.js';
import { lineOfJson } from './json-lines.js';
import { didYouMean } from './nearest.js';
import { entryOf } from './plugin-entry.js';
import { nearestThatIs, ownersRemedy } from './owner.js';
import { refusePlugin } from './plugin-refusal.js';
import { withTranslations } from './plugin-translations.js';

export interface PluginPackage {
  /** As the configuration names it. */
  readonly name: string;
  readonly version: string;
  /** The module whose default export is the plugin. */
  readonly module: string;
  /** Of its `package.json`; of a bare file its own. */
  readonly folder: string;
  readonly isEsModule: boolean;
  /** Tells one loading of its module from another. Absent of the first. */
  readonly edition?: number;
  /** Absent of a bare file, which is no package. */
  readonly manifest?: PluginManifest;
}

export interface PackageFile {
  readonly file: string;
  readonly text: string;
  readonly content: Readonly<Record<string, unknown>>;
}

/** The folder of this installation, for packages that are installed beside it. */
const INSTALLATION = fileURLToPath(new URL('..', import.meta.url));
const MAX_BYTES = 1024 * 1024;

/**
 * Finds what `plugins.load` names: a package, its folder, or a file.
 * @param from the folder that names are meant from; the installation comes after it.
 * @throws PortError `OPTION_INVALID` naming the package, the place and the remedy.
 */
export function findPlugin(name: string, from: string): PluginPackage {
  const place = /^[./]/.test(name) ? findPath(name, from) : findInstalled(name, from);
  if (statSync(place).isDirectory()) return fromPackage(name, place);
  return fromFile(name, place);
}

function findPath(name: string, from: string): string {
  const places = [from, INSTALLATION].map((base) => resolve(base, name));
  const found = places.find((path) => existsSync(path));
  if (found === undefined)
    throw refusePlugin(name, `there is no such file; looked for ${places.join(' and ')}`);
  return found;
}

/** As Node looks for packages: in `node_modules` here and in each folder above. */
function findInstalled(name: string, from: string): string {
  if (!/^(?:@[\w.-]+\/)?[\w][\w.-]*$/.test(name))
    throw refusePlugin(name, 'is neither the name of a package nor a path; a path begins with ./ or /');
  for (const base of [from, INSTALLATION]) {
    for (let folder = resolve(base); ; folder = dirname(folder)) {
      const modules = basename(folder) === 'node_modules' ? folder : join(folder, 'node_modules');
      const place = join(modules, name);
      if (existsSync(join(place, 'package.json'))) return place;
      if (folder === dirname(folder)) break;
    }
  }
  throw refusePlugin(name, `it is not installed; in ${from} run: npm install ${name}`);
}

function fromPackage(name: string, folder: string): PluginPackage {
  const found = readPackage(name, folder);
  if (found === undefined) throw refusePlugin(name, `there is no package.json in ${folder}`);
  const { content } = found;
  if (!Object.hasOwn(content, MANIFEST_KEY))
    throw refusePlugin(
      name,
      `${found.file} has no "${MANIFEST_KEY}", so it is not a plugin for this service; its author can add it with: camera-service plugin manifest ${folder}`,
    );
  const manifest = manifestOf(name, found);
  const module = entryOf(folder, content);
  if (module === undefined || !existsSync(module))
    throw refusePlugin(
      name,
      `its main file ${module ?? 'index.js'} does not exist; build it, or correct "exports" or "main" in ${found.file}`,
    );
  return { name, ...facts(found), module, folder, manifest };
}

function fromFile(name: string, module: string): PluginPackage {
  for (let folder = dirname(module); ; folder = dirname(folder)) {
    const found = readPackage(name, folder);
    if (found !== undefined) {
      const isMain = Object.hasOwn(found.content, MANIFEST_KEY) && entryOf(folder, found.content) === module;
      const about = { name, ...facts(found), module, folder };
      return isMain ? { ...about, manifest: manifestOf(name, found) } : about;
    }
    if (folder === dirname(folder)) break;
  }
  return { name, version: '0.0.0', module, folder: dirname(module), isEsModule: false };
}

function facts({ content }: PackageFile): Pick<PluginPackage, 'version' | 'isEsModule'> {
  const { version, type } = content;
  return { version: typeof version === 'string' ? version : '0.0.0', isEsModule: type === 'module' };
}

/** @returns `undefined` when a folder has no `package.json`. @throws PortError when it has one that cannot be read. */
export function readPackage(name: string, folder: string): PackageFile | undefined {
  const file = join(folder, 'package.json');
  try {
    requireEntry(folder);
    if (!existsSync(file)) return undefined;
    if (statSync(file).size > MAX_BYTES) throw new Error(`has more than ${String(MAX_BYTES)} bytes`);
    const text = readFileSync(file, 'utf8');
    const content: unknown = JSON.parse(text);
    if (typeof content !== 'object' || content === null || Array.isArray(content))
      throw new Error('is not a JSON object');
    return { file, text, content: content as Readonly<Record<string, unknown>> };
  } catch (cause) {
    const isClosed = (cause as NodeJS.ErrnoException).code === 'EACCES';
    const why = isClosed ? `EACCES: ${ownersRemedy(nearestThatIs(file))}` : (cause as Error).message;
    throw refusePlugin(name, `${file} cannot be read: ${why}`, cause);
  }
}

/** What stands in a folder that may not be entered looks as if it were not there. */
function requireEntry(folder: string): void {
  if (existsSync(folder)) accessSync(folder, constants.X_OK);
}

function manifestOf(name: string, found: PackageFile): PluginManifest {
  const { value, files } = withTranslations(name, found);
  const verdict = judgeManifest(value);
  if ('manifest' in verdict) return verdict.manifest;
  const words = (fault: ManifestFault): string => {
    const [key, language = '', ...inside] = fault.path;
    const other = key === 'translations' ? files.get(language) : undefined;
    const { file, text } = other ?? found;
    const line = lineOfJson(text, other === undefined ? [MANIFEST_KEY, ...fault.path] : inside);
    const place = line === undefined ? file : `${file}, line ${String(line)}`;
    const near = fault.unknown === undefined ? '' : didYouMean(fault.unknown.word, fault.unknown.known);
    return `${position(MANIFEST_KEY, fault.path)} (${place}): ${fault.rule}${near}`;
  };
  throw refusePlugin(name, `its manifest is invalid: ${verdict.faults.slice(0, 5).map(words).join('; ')}`);
}
