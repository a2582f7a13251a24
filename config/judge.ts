import { conflictsOf } from '../core/cameras/assignment-conflicts.js';
import type { AssignmentRule } from '../core/cameras/identity.js';
import { faultsIn } from '../core/validation/json-schema.js';
import { PORT_NAMES, type PortName } from '../plugins/api/index.js';
import { optionOf, type AdapterRegistry } from '../plugins/host/adapter-registry.js';
import { directoriesOf } from './directories.js';
import { expandPaths } from './expand-path.js';
import { faultText, position } from './fault-text.js';
import type { Assignment, Gathered } from './assignment.js';
import { spreadPluginConfig, PLUGIN_CONFIG } from './plugin-config.js';
import { didYouMean } from './nearest.js';
import { faultsOfRetention } from './retention.js';
import { settingsOf, type Section, type Setting } from './schema.js';

export interface Judgement {
  readonly sections: readonly Section[];
  readonly adapters: AdapterRegistry;
  /** False while plugins are missing: adapters that nobody offers are then not missed. */
  readonly isComplete: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface Judged {
  readonly chosen: ReadonlyMap<string, Assignment>;
  readonly faults: readonly string[];
  /** Keys whose values are not what they must be. */
  readonly faulty: ReadonlySet<string>;
  /** Where `plugins.config` has the options of an adapter, by `Port/name`. */
  readonly listedAt: ReadonlyMap<string, string>;
}

/** Checks every value against its declaration, and then what declarations of single values cannot tell. */
export function judge(gathered: Gathered, by: Judgement): Judged {
  const { chosen, faults: spreadFaults, listedAt } = spreadPluginConfig(gathered.chosen, by);
  const settings = settingsOf(by.sections);
  const faulty = new Set<string>();
  const faults = [...chosen].flatMap(([key, given]) => {
    const found = faultsOfValue({ key, given, setting: settings.get(key), listedAt }, settings, by.env);
    if (found.faults.length > 0) faulty.add(key);
    if (found.value !== undefined) chosen.set(key, { ...given, value: found.value });
    return found.faults;
  });
  const valueOf = (key: string): unknown => chosen.get(key)?.value ?? settings.get(key)?.schema.default;
  const isSound = (prefix: string): boolean => ![...faulty].some((key) => key.startsWith(prefix));
  return {
    chosen,
    faulty,
    listedAt,
    faults: [
      ...gathered.faults,
      ...spreadFaults,
      ...faults,
      ...faultsOfAdapters({ valueOf, chosen, listedAt, isSound }, by),
      ...(isSound('cameras.assignments') ? faultsOfRules(valueOf, chosen) : []),
      ...(isSound('paths.') ? faultsOfFolders(valueOf) : []),
      ...(isSound('retention.') ? faultsOfRetention(valueOf) : []),
    ],
  };
}

interface Given {
  readonly key: string;
  readonly given: Assignment;
  readonly setting: Setting | undefined;
  readonly listedAt: ReadonlyMap<string, string>;
}

function faultsOfValue(
  { key, given, setting, listedAt }: Given,
  settings: ReadonlyMap<string, Setting>,
  env: Judgement['env'],
): { readonly faults: readonly string[]; readonly value?: unknown } {
  if (!setting) {
    const near = didYouMean(key, [...settings.keys()]);
    return { faults: [`${key} (${given.where([])}): there is no such key${near}`] };
  }
  if (key === PLUGIN_CONFIG) return { faults: [] };
  const { schema, section, option } = setting;
  const shown = given.isFromFile ? `${listedAt.get(section.name) ?? section.name}.${option}` : key;
  const faults = faultsIn(schema, given.value).map((fault) => faultText(fault, shown, given));
  if (faults.length > 0) return { faults };
  const expanded = expandPaths(schema, given.value, env);
  if (!('fault' in expanded)) return { faults: [], value: expanded.value };
  const place = position(shown, expanded.path);
  return { faults: [`${place} (${given.where(expanded.path)}): ${expanded.fault}`] };
}

interface Values {
  readonly valueOf: (key: string) => unknown;
  readonly chosen: ReadonlyMap<string, Assignment>;
  readonly listedAt: ReadonlyMap<string, string>;
  readonly isSound: (prefix: string) => boolean;
}

function faultsOfAdapters(values: Values, by: Judgement): string[] {
  return PORT_NAMES.flatMap((port) => {
    const key = optionOf(port);
    const value = values.valueOf(key);
    return [value].flat().flatMap((name: unknown, index) => {
      if (typeof name !== 'string') return [];
      if (by.adapters.available(port).includes(name)) return faultsOfAdapter(port, name, { values, by });
      if (!by.isComplete) return [];
      const path = Array.isArray(value) ? [index] : [];
      const from = values.chosen.get(key)?.where(path) ?? 'default';
      const available = by.adapters.available(port).join(', ') || 'none';
      return [
        `${position(key, path)} (${from}): there is no ${port} adapter called "${name}"; available: ${available}`,
      ];
    });
  });
}

/** Options that a chosen adapter needs and has not got, and what is wrong with all of them together. */
function faultsOfAdapter(
  port: PortName,
  name: string,
  { values, by }: { readonly values: Values; readonly by: Judgement },
): string[] {
  return by.adapters.sectionsOf(port, name).flatMap(({ name: section, schema }) => {
    if (!values.isSound(`${section}.`)) return [];
    const shown = values.listedAt.get(section) ?? section;
    const options = Object.keys(schema.properties ?? {});
    const given = options.map((option) => [option, values.valueOf(`${section}.${option}`)] as const);
    const missing = given.filter(([, value]) => value === undefined).map(([option]) => option);
    if (missing.length > 0)
      return missing.map((option) => `${shown}.${option}: is missing; the adapter ${port}/${name} needs it`);
    const faults = by.adapters.check(port, name, Object.fromEntries(given));
    return faults.map(({ option, rule }) => `${shown}.${option}: ${rule}`);
  });
}

function faultsOfRules(valueOf: Values['valueOf'], chosen: Values['chosen']): string[] {
  const key = 'cameras.assignments';
  return conflictsOf(valueOf(key) as readonly AssignmentRule[]).map(({ narrow, wide }) => {
    const from = chosen.get(key)?.where([narrow]) ?? 'default';
    return `${position(key, [narrow])} (${from}): ${position(key, [wide])} already matches every camera that it matches; distinguish them by serial, port or interface`;
  });
}

/** Files of one kind would be listed, and deleted, as files of another. */
function faultsOfFolders(valueOf: Values['valueOf']): string[] {
  const folders = Object.entries(directoriesOf({ get: valueOf }));
  return folders.flatMap(([name, path], index) => {
    const [other] = folders.slice(0, index).find(([, before]) => before === path) ?? [];
    return other === undefined
      ? []
      : [`paths.${name}: is the same folder as paths.${other}; must be a different folder`];
  });
}
