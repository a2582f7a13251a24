import { dirname, resolve } from 'node:path';
import convict from 'convict';
import type { AdapterRegistry } from '../plugins/host/adapter-registry.js';
import { inLanguage, type OptionTexts } from '../plugins/host/translations.js';
import type { IsolationMode } from '../plugins/isolation/shell.js';
import { describeValues, explainValues } from './describe.js';
import { gather } from './gather.js';
import { judge, type Judged } from './judge.js';
import { sectionsWith, settingsOf, type Section } from './schema.js';
import { openSources, type ConfigSources, type OpenSources } from './sources.js';

/** More than a page helps nobody. */
const MAX_SHOWN = 30;

/** Everything that is wrong with the configuration, at once. */
export class ConfigError extends Error {
  readonly code = 'CONFIG_INVALID';

  constructor(readonly faults: readonly string[]) {
    const more = faults.length > MAX_SHOWN ? [`and ${String(faults.length - MAX_SHOWN)} more`] : [];
    const lines = [...faults.slice(0, MAX_SHOWN), ...more].map((fault) => `  - ${fault}`);
    const many = faults.length === 1 ? 'an error' : `${String(faults.length)} errors`;
    super(`the configuration has ${many}:\n${lines.join('\n')}`);
    this.name = 'ConfigError';
  }
}

/** A loaded configuration. Values are what the declarations say. */
export interface Config {
  /** The values of one section; of an adapter without a section of its own by its `Port/name`. */
  section(name: string): Readonly<Record<string, unknown>>;
  get(key: string): unknown;
  /** Names an option of a section as the user has it: `server.port`, `plugins.config[2].poll_ms`. */
  keyOf(section: string, option: string): string;
  /** For people: without secrets. */
  describe(): string;
  /** The same with what each option means, in other words where there are some. */
  explain(texts: OptionTexts): string;
}

/** A name in `plugins.load`. */
export interface PluginChoice {
  readonly name: string;
  /** The folder that it is meant from: of the file that names it, or of the user's file, or the one where the command was given. */
  readonly from: string;
  readonly where: string;
  readonly isolation: Isolation;
}

/** Where the code of a plugin runs. */
export type Isolation = 'none' | IsolationMode;

interface IsolationException {
  readonly plugin: string;
  readonly isolation: Isolation;
}

/** The third-party plugins to load; what is wrong with the two keys is told when everything is. */
export function pluginsOf(
  sources: OpenSources,
  adapters: AdapterRegistry,
): {
  readonly load: readonly PluginChoice[];
  readonly setupTimeoutMs: number;
  readonly isolationMemoryBytes: number;
} {
  const sections = sectionsWith(adapters);
  const settings = settingsOf(sections);
  const by = { sections, adapters, isComplete: false, env: sources.env };
  const { chosen, faulty } = judge(gather(sources, settings), by);
  const value = (key: string): unknown =>
    (faulty.has(key) ? undefined : chosen.get(key)?.value) ?? settings.get(key)?.schema.default;
  const given = chosen.get('plugins.load');
  const exceptions = value('plugins.isolation_of') as readonly IsolationException[];
  const from = given?.file === undefined ? (sources.folder ?? resolve()) : dirname(resolve(given.file));
  return {
    load: (value('plugins.load') as readonly string[]).map((name, index) => ({
      name,
      from,
      where: given?.where([index]) ?? 'default',
      isolation:
        exceptions.find(({ plugin }) => plugin === name)?.isolation ??
        (value('plugins.isolation') as Isolation),
    })),
    isolationMemoryBytes: value('plugins.isolation_memory_bytes') as number,
    setupTimeoutMs: value('plugins.setup_timeout_ms') as number,
  };
}

/**
 * Puts the configuration together: defaults, profile, file, environment, command line, each stronger than the one before.
 * @param options.hasAllPlugins false when not all plugins are known: adapters that nobody offers are then not missed.
 * @param options.allowsUnknown true where keys may belong to plugins of which nothing is known: unknown ones are then passed over.
 * @throws ConfigError naming every unknown key and every wrong value.
 */
export function settle(
  sources: OpenSources,
  adapters: AdapterRegistry,
  {
    hasAllPlugins,
    allowsUnknown = false,
  }: { readonly hasAllPlugins: boolean; readonly allowsUnknown?: boolean } = { hasAllPlugins: true },
): Config {
  const sections = sectionsWith(adapters);
  const gathered = gather(sources, settingsOf(sections), { allowsUnknown });
  const { chosen, faults, listedAt } = judge(gathered, {
    ...{ sections, adapters, isComplete: hasAllPlugins },
    env: sources.env,
  });
  const all = [...sources.faults, ...faults];
  if (all.length > 0) throw new ConfigError(all);
  return build(sections, chosen, listedAt);
}

/** Reads the sources and puts the configuration together. @throws ConfigError. */
export function loadConfig(sources: ConfigSources, adapters: AdapterRegistry): Config {
  return settle(openSources(sources), adapters);
}

function build(
  sections: readonly Section[],
  chosen: Judged['chosen'],
  listedAt: ReadonlyMap<string, string>,
): Config {
  const store = convict(convictSchema(sections), { env: {}, args: [] });
  for (const [key, { value }] of chosen) store.set(key, value);
  store.validate({ allowed: 'strict' });
  const get = (key: string): unknown => (store as unknown as { get(key: string): unknown }).get(key);
  const section = (name: string): Readonly<Record<string, unknown>> =>
    sections.some((each) => each.name === name) ? (get(name) as Readonly<Record<string, unknown>>) : {};
  return {
    section,
    get,
    keyOf: (name, option) => `${listedAt.get(name) ?? name}.${option}`,
    describe: () => describeValues(sections, section),
    explain: (texts) =>
      explainValues(
        sections.map((each) => ({ ...each, schema: inLanguage(each.schema, each.name, texts) })),
        section,
      ),
  };
}

/** Values are checked before, in our own words: convict's would show the value, which may be a secret. */
function convictSchema(sections: readonly Section[]): convict.Schema<Record<string, unknown>> {
  const entries = sections.map(({ name, schema }) => [
    name,
    Object.fromEntries(
      Object.entries(schema.properties ?? {}).map(([option, each]) => [
        option,
        { doc: each.description, default: each.default, format: () => undefined },
      ]),
    ),
  ]);
  return Object.fromEntries(entries) as convict.Schema<Record<string, unknown>>;
}
