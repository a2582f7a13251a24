import { kindName } from '../core/validation/json-schema.js';
import type { AdapterRegistry } from '../plugins/host/adapter-registry.js';
import { position } from './fault-text.js';
import type { Assignment } from './assignment.js';
import { didYouMean } from './nearest.js';
import type { Section } from './schema.js';

/** Where options of adapters stand that have no section of their own. */
export const PLUGIN_CONFIG = 'plugins.config';

interface Spread {
  readonly chosen: Map<string, Assignment>;
  readonly faults: string[];
  readonly listedAt: Map<string, string>;
}

interface Known {
  readonly sections: readonly Section[];
  readonly adapters: AdapterRegistry;
  readonly isComplete: boolean;
}

/** Makes each option of an entry a key of its own, `Port/name.option`, weaker than a variable or the command line. */
export function spreadPluginConfig(given: ReadonlyMap<string, Assignment>, known: Known): Spread {
  const spread: Spread = { chosen: new Map(given), faults: [], listedAt: new Map() };
  const list = given.get(PLUGIN_CONFIG);
  if (list === undefined) return spread;
  if (!Array.isArray(list.value)) {
    const found = kindName(list.value);
    spread.faults.push(
      `${PLUGIN_CONFIG} (${list.where([])}): is ${found}; must be a list of objects, each with an adapter (Port/name) and its options`,
    );
    return spread;
  }
  list.value.forEach((entry: unknown, index) => {
    const fault = spreadEntry({ entry, index, list }, known, spread);
    if (fault === undefined) return;
    const place = position(PLUGIN_CONFIG, [index, ...fault.path]);
    spread.faults.push(`${place} (${list.where([index, ...fault.path])}): ${fault.rule}`);
  });
  return spread;
}

interface Entry {
  readonly entry: unknown;
  readonly index: number;
  readonly list: Assignment;
}

interface EntryFault {
  readonly path: readonly string[];
  readonly rule: string;
}

function spreadEntry({ entry, index, list }: Entry, known: Known, spread: Spread): EntryFault | undefined {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry))
    return {
      path: [],
      rule: `is ${kindName(entry)}; must be an object with an adapter (Port/name) and its options`,
    };
  const { adapter, ...options } = entry as Readonly<Record<string, unknown>>;
  const place = placeOf(adapter, known);
  if ('rule' in place) return place.rule === '' ? undefined : { path: ['adapter'], rule: place.rule };
  const { name, section } = place;
  if (spread.listedAt.has(name))
    return {
      path: ['adapter'],
      rule: `${name} already has its options in ${spread.listedAt.get(name) ?? ''}`,
    };
  spread.listedAt.set(name, position(PLUGIN_CONFIG, [index]));
  const names = Object.keys(section?.schema.properties ?? {});
  for (const [option, value] of Object.entries(options)) {
    if (!names.includes(option)) {
      const what = names.length === 0 ? `${name} takes no options` : `${name} has no such option`;
      spread.faults.push(
        `${position(PLUGIN_CONFIG, [index, option])} (${list.where([index, option])}): ${what}${didYouMean(option, names)}`,
      );
      continue;
    }
    const key = `${name}.${option}`;
    if (spread.chosen.has(key)) continue;
    const where: Assignment['where'] = (part) => list.where([index, option, ...part]);
    spread.chosen.set(key, { value, where, isFromFile: true });
  }
  return undefined;
}

/** The adapter that an entry is for. An empty rule means that it cannot be told while plugins are missing. */
function placeOf(
  adapter: unknown,
  { adapters, sections, isComplete }: Known,
): { readonly name: string; readonly section: Section | undefined } | { readonly rule: string } {
  const own = adapters.sections().filter(({ isListed }) => !isListed);
  const home = own.filter(({ port, adapter: name }) => `${port}/${name}` === adapter).map(({ name }) => name);
  const others = adapters
    .names()
    .filter((each) => !own.some(({ port, adapter: name }) => `${port}/${name}` === each));
  const listed = sections.filter(({ isListed }) => isListed).map(({ name }) => name);
  const there = listed.length > 0 ? `there is: ${listed.join(', ')}` : 'no loaded plugin has options here';
  if (typeof adapter !== 'string')
    return {
      rule: `${adapter === undefined ? 'is missing' : `is ${kindName(adapter)}`}; must be Port/name of an adapter; ${there}`,
    };
  if (home.length > 0) return { rule: `${adapter} has a section of its own: ${home.join(', ')}` };
  if (adapters.names().includes(adapter))
    return { name: adapter, section: sections.find(({ name }) => name === adapter) };
  return { rule: isComplete ? `there is no such adapter${didYouMean(adapter, others)}; ${there}` : '' };
}
