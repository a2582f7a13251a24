import { kindName, type ValuePath } from '../core/validation/json-schema.js';
import { parseText, textFormOf, wordsOf } from '../core/validation/option-words.js';
import { unknownVariables, variableOf } from './environment.js';
import type { Gathered } from './assignment.js';
import type { OpenSources } from './sources.js';
import { didYouMean } from './nearest.js';
import type { Setting } from './schema.js';
import type { YamlFile } from './yaml-file.js';

type Settings = ReadonlyMap<string, Setting>;

/** Takes what files, variables and the command line give, each stronger than the one before. */
export function gather(
  sources: OpenSources,
  settings: Settings,
  { allowsUnknown }: { readonly allowsUnknown: boolean } = { allowsUnknown: false },
): Gathered {
  const gathered: Gathered = { chosen: new Map(), faults: [] };
  for (const file of sources.files)
    fromFile(allowsUnknown ? onlyKnown(file, settings) : file, settings, gathered);
  for (const setting of settings.values()) {
    const given = variableOf(sources.env, setting);
    if (given) fromText({ setting, text: given.text, from: given.name }, gathered);
  }
  if (!allowsUnknown) gathered.faults.push(...unknownVariables(sources.env, settings));
  for (const word of sources.overrides)
    if (!allowsUnknown || settings.has(word.split('=', 1)[0] ?? '') || !word.includes('='))
      fromOverride(word, settings, gathered);
  return gathered;
}

/** Sections that may belong to plugins of which nothing is known are passed over. */
function onlyKnown(file: YamlFile, settings: Settings): YamlFile {
  const known = new Set([...settings.values()].flatMap(({ section, key }) => [section.name, key]));
  const sections = Object.entries(file.sections).filter(([name]) => known.has(name));
  return { ...file, sections: Object.fromEntries(sections) };
}

function fromFile(file: YamlFile, settings: Settings, { chosen, faults }: Gathered): void {
  const own = [...settings.values()].filter(({ section }) => !section.isListed);
  const sections = new Set(own.map(({ section }) => section.name));
  const seen = new Map<string, ValuePath>();
  const take = (key: string, value: unknown, path: ValuePath): void => {
    const before = seen.get(key);
    if (before) faults.push(`${key} (${file.where(path)}): is already set in ${file.where(before)}`);
    seen.set(key, path);
    chosen.set(key, {
      value,
      where: (part) => file.where([...path, ...part]),
      isFromFile: true,
      file: file.path,
    });
  };
  for (const [name, value] of Object.entries(file.sections)) {
    const at = `${name} (${file.where([name])})`;
    // The short form, as on the command line.
    if (own.some(({ key }) => key === name)) take(name, value, [name]);
    else if (!sections.has(name)) faults.push(`${at}: ${unknownName(name, [...sections], own)}`);
    else if (isMapping(value)) {
      for (const [option, each] of Object.entries(value)) take(`${name}.${option}`, each, [name, option]);
    } else if (value !== null && value !== undefined)
      faults.push(`${at}: is ${kindName(value)}; must be a mapping of options`);
  }
}

function unknownName(name: string, sections: readonly string[], settings: readonly Setting[]): string {
  if (name.includes('.'))
    return `there is no such key${didYouMean(
      name,
      settings.map(({ key }) => key),
    )}`;
  return `there is no such section${didYouMean(name, sections)}`;
}

function fromOverride(word: string, settings: Settings, gathered: Gathered): void {
  const [, key, text] = /^([^=]+)=(.*)$/s.exec(word) ?? [];
  if (key === undefined || text === undefined) {
    gathered.faults.push(`--set ${word}: must be key=value`);
    return;
  }
  const setting = settings.get(key);
  if (setting) fromText({ setting, text, from: '--set' }, gathered);
  else gathered.chosen.set(key, { value: text, where: () => '--set', isFromFile: false });
}

interface TextValue {
  readonly setting: Setting;
  readonly text: string;
  readonly from: string;
}

function fromText({ setting: { key, schema }, text, from }: TextValue, { chosen, faults }: Gathered): void {
  const value = parseText(schema, text);
  if (value === undefined)
    faults.push(
      `${key} (${from}): the value cannot be parsed; must be ${wordsOf(schema)}${textFormOf(schema)}`,
    );
  else chosen.set(key, { value, where: () => from, isFromFile: false });
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
