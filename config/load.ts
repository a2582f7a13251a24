import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import convict from 'convict';
import { parse as parseYaml } from 'yaml';
import { kindOf } from './formats.js';
import { envName, SCHEMA, settings, type Setting } from './schema.js';

export interface ConfigSources {
  /** Name of a profile that comes with the service, or the path of a YAML file. */
  readonly profile?: string;
  /** A YAML file of the user's, stronger than the profile. */
  readonly file?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `key=value` words of the command line. */
  readonly overrides: readonly string[];
  /** Where the profiles lie. */
  readonly profileDirectory: string;
}

/** Everything that is wrong with the configuration, at once. */
export class ConfigError extends Error {
  readonly code = 'CONFIG_INVALID';

  constructor(readonly faults: readonly string[]) {
    super(
      `the configuration has ${String(faults.length)} fault(s):\n${faults.map((fault) => `  - ${fault}`).join('\n')}`,
    );
    this.name = 'ConfigError';
  }
}

/** A loaded configuration. Values are what the schema says. */
export interface Config {
  /** The values of one section. */
  section(name: string): Readonly<Record<string, unknown>>;
  get(key: string): unknown;
  /** For people: without secrets. */
  describe(): string;
}

interface Assignment {
  readonly value: unknown;
  readonly from: string;
}

/**
 * Puts the configuration together: defaults, profile, file, environment, command line, each stronger than the one before.
 * @throws ConfigError naming every unknown key and every wrong value.
 */
export function loadConfig(sources: ConfigSources): Config {
  const faults: string[] = [];
  const known = settings();
  const chosen = new Map<string, Assignment>();
  const layers = [
    ...fileLayers(sources, faults),
    environmentLayer(sources.env, known, faults),
    overrideLayer(sources.overrides, known, faults),
  ];
  for (const layer of layers) for (const [key, assignment] of layer) chosen.set(key, assignment);
  for (const [key, { value, from }] of chosen)
    faults.push(...faultsOf(key, value, { from, setting: known.get(key), known }));
  if (faults.length > 0) throw new ConfigError(faults);
  return build(chosen);
}

function build(chosen: ReadonlyMap<string, Assignment>): Config {
  const store = convict(convictSchema(), { env: {}, args: [] });
  for (const [key, { value }] of chosen) store.set(key, value);
  store.validate({ allowed: 'strict' });
  const get = (key: string): unknown => (store as unknown as { get(key: string): unknown }).get(key);
  return {
    section: (name) => get(name) as Readonly<Record<string, unknown>>,
    get,
    describe: () => store.toString(),
  };
}

/** The schema with checks in our own words: convict's would show the value, which may be a secret. */
function convictSchema(): convict.Schema<Record<string, unknown>> {
  const sections = Object.entries(SCHEMA).map(([name, section]) => [
    name,
    Object.fromEntries(
      Object.entries(section as Readonly<Record<string, Setting>>).map(([key, setting]) => {
        const kind = kindOf(setting.format);
        const format = (value: unknown): void => {
          if (!kind.admits(value)) throw new TypeError(`must be ${kind.allowed}`);
        };
        return [key, { ...setting, format }];
      }),
    ),
  ]);
  return Object.fromEntries(sections) as convict.Schema<Record<string, unknown>>;
}

function fileLayers(sources: ConfigSources, faults: string[]): Map<string, Assignment>[] {
  const paths = [
    sources.profile === undefined ? undefined : profilePath(sources.profile, sources.profileDirectory),
    sources.file,
  ];
  return paths.flatMap((path) => (path === undefined ? [] : [fileLayer(path, faults)]));
}

function profilePath(profile: string, directory: string): string {
  const builtIn = resolve(directory, `${profile}.yaml`);
  return /[/.]/.test(profile) || !existsSync(builtIn) ? resolve(profile) : builtIn;
}

function fileLayer(path: string, faults: string[]): Map<string, Assignment> {
  try {
    const document: unknown = parseYaml(readFileSync(path, 'utf8'));
    return flatten(document, path, faults);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    faults.push(`${path}: ${reason ?? 'cannot be read'}`);
    return new Map();
  }
}

function flatten(document: unknown, path: string, faults: string[]): Map<string, Assignment> {
  const layer = new Map<string, Assignment>();
  if (document === null || document === undefined) return layer;
  if (typeof document !== 'object' || Array.isArray(document)) {
    faults.push(`${path}: must be a mapping of sections`);
    return layer;
  }
  for (const [section, keys] of Object.entries(document)) {
    if (typeof keys !== 'object' || keys === null || Array.isArray(keys)) {
      layer.set(section, { value: keys, from: path });
      continue;
    }
    for (const [key, value] of Object.entries(keys)) layer.set(`${section}.${key}`, { value, from: path });
  }
  return layer;
}

function environmentLayer(
  env: Readonly<Record<string, string | undefined>>,
  known: ReadonlyMap<string, Setting>,
  faults: string[],
): Map<string, Assignment> {
  const layer = new Map<string, Assignment>();
  for (const [key, setting] of known) {
    const text = env[envName(key)] ?? (setting.alias === undefined ? undefined : env[setting.alias]);
    if (text !== undefined) assignText(layer, { key, text, from: envName(key), setting }, faults);
  }
  return layer;
}

function overrideLayer(
  words: readonly string[],
  known: ReadonlyMap<string, Setting>,
  faults: string[],
): Map<string, Assignment> {
  const layer = new Map<string, Assignment>();
  for (const word of words) {
    const [, key, text] = /^([^=]+)=(.*)$/s.exec(word) ?? [];
    if (key === undefined || text === undefined) {
      faults.push(`--set ${word}: must be key=value`);
      continue;
    }
    const setting = known.get(key);
    if (setting) assignText(layer, { key, text, from: '--set', setting }, faults);
    else layer.set(key, { value: text, from: '--set' });
  }
  return layer;
}

interface TextAssignment {
  readonly key: string;
  readonly text: string;
  readonly from: string;
  readonly setting: Setting;
}

function assignText(
  layer: Map<string, Assignment>,
  { key, text, from, setting }: TextAssignment,
  faults: string[],
): void {
  const kind = kindOf(setting.format);
  const value = kind.parse(text);
  if (value === undefined) faults.push(`${key} (${from}): the text cannot be read; must be ${kind.allowed}`);
  else layer.set(key, { value, from });
}

interface Judgement {
  readonly from: string;
  readonly setting: Setting | undefined;
  readonly known: ReadonlyMap<string, Setting>;
}

/** Says what kind of value it is, never the value: it may be a secret. */
function faultsOf(key: string, value: unknown, { from, setting, known }: Judgement): string[] {
  if (!setting) {
    const near = nearest(key, [...known.keys()]);
    return [`${key} (${from}): there is no such key${near === undefined ? '' : `; did you mean ${near}?`}`];
  }
  const kind = kindOf(setting.format);
  return kind.admits(value) ? [] : [`${key} (${from}): is ${kindName(value)}; must be ${kind.allowed}`];
}

function kindName(value: unknown): string {
  if (value === null || value === undefined) return 'empty';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a mapping' : `a ${typeof value}`;
}

/** The known key with the fewest edits, if it is near enough to be a slip. */
function nearest(key: string, known: readonly string[]): string | undefined {
  const scored = known.map((candidate) => ({ candidate, edits: editDistance(key, candidate) }));
  scored.sort((a, b) => a.edits - b.edits);
  const best = scored[0];
  return best && best.edits <= Math.max(2, key.length / 4) ? best.candidate : undefined;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, swap));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
