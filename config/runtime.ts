import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createSystemClock } from '../adapters/clock/system/system-clock.js';
import { createWinstonLogger } from '../adapters/logger/winston/winston-logger.js';
import { FaultBook } from '../plugins/guard/fault-book.js';
import type { AdapterRegistry } from '../plugins/host/adapter-registry.js';
import type { PluginHost } from '../plugins/host/plugin-host.js';
import type { Isolates } from '../plugins/isolation/isolates.js';
import type { Directories } from '../plugins/api/index.js';
import type { Clock, Logger } from '../ports/index.js';
import { AdapterMaker } from './adapters.js';
import { hostOfBuiltIn } from './catalogue.js';
import { directoriesOf, makeDirectories } from './directories.js';
import { createIsolates } from './isolation.js';
import { ConfigError, pluginsOf, settle, type Config } from './load.js';
import type { PluginPackage } from './plugin-package.js';
import type { ReloaderDeps } from './plugin-reloader.js';
import {
  dispensable,
  loadPlugins,
  type LostPlugin,
  type Plugins,
  type PluginUse,
  type PluginVerdict,
  unknownPlugins,
} from './plugins.js';
import { openSources, type ConfigSources } from './sources.js';

export interface Runtime {
  readonly config: LoadedConfig;
  readonly directories: Directories;
  readonly clock: Clock;
  readonly log: Logger;
  readonly host: PluginHost;
  readonly maker: AdapterMaker;
  readonly faults: FaultBook;
}

/** Folder of the profiles: beside this file in the sources, one level up beside the bundle. */
const PROFILES = ['./profiles/', '../config/profiles/'].map((place) =>
  fileURLToPath(new URL(place, import.meta.url)),
);

/** A configuration together with the plugins that it was checked against. */
export interface LoadedConfig extends Config {
  readonly host: PluginHost;
  /** Plugins that the service does without, because their code failed. */
  readonly lost: readonly LostPlugin[];
  /** Those of the plugins that run elsewhere. */
  readonly isolates: Isolates;
  readonly reloading: Reloading;
}

/** What it takes to load plugins again. */
interface Reloading extends Omit<ReloaderDeps, 'folder'> {
  /** The same configuration with other adapters. @throws ConfigError. */
  readonly settle: (adapters: AdapterRegistry) => Config;
}

/** What a configuration is read from. */
interface Given extends Omit<ConfigSources, 'profileDirectory'> {
  /** Called with each plugin whose code is about to run. */
  readonly onPlugin?: (found: PluginPackage, root?: string) => void;
}

/**
 * Reads the configuration and checks everything against what the plugins that it names declare. Makes no folder and no adapter.
 * @param use whether code of plugins is run, or only their manifests are read.
 * @throws ConfigError for what is wrong, all of it; PortError when a plugin cannot be loaded and nothing else is wrong.
 */
export async function configFrom(
  given: Given,
  signal: AbortSignal,
  use: PluginUse = 'code',
): Promise<LoadedConfig> {
  const { plugins, settled, isolates } = await readConfig(given, signal, use);
  const failures = plugins.verdicts.flatMap(({ failure }) => failure ?? []);
  try {
    const config = settled();
    const fatal = failures.filter((failure) => !config.lost.some((each) => each.failure === failure));
    if (fatal[0] === undefined) return config;
  } catch (cause) {
    await isolates.close();
    if (!(cause instanceof ConfigError)) throw cause;
    throw new ConfigError([...failures.map(({ message }) => message), ...cause.faults]);
  }
  await isolates.close();
  throw failures[0] ?? new TypeError('nothing is wrong');
}

/** The same for those who tell what is wrong with plugins themselves. @throws ConfigError for what is wrong elsewhere. */
export async function configWithVerdicts(
  given: Given,
  signal: AbortSignal,
): Promise<{ readonly config: LoadedConfig; readonly verdicts: readonly PluginVerdict[] }> {
  const { plugins, settled } = await readConfig(given, signal, 'code');
  return { config: settled(), verdicts: plugins.verdicts };
}

async function readConfig(
  { onPlugin, ...given }: Given,
  signal: AbortSignal,
  use: PluginUse,
): Promise<{
  readonly plugins: Plugins;
  readonly isolates: Isolates;
  readonly settled: () => LoadedConfig;
}> {
  const profileDirectory = PROFILES.find((path) => existsSync(path)) ?? '';
  const sources = openSources({ ...given, profileDirectory });
  const { load, setupTimeoutMs, isolationMemoryBytes } = pluginsOf(
    sources,
    (await hostOfBuiltIn(signal)).adapters,
  );
  const isolates = createIsolates(isolationMemoryBytes);
  const plugins = await loadPlugins(load, { use, setupTimeoutMs, onPlugin, isolates }, signal);
  const { host, isComplete } = plugins;
  const reloading: Reloading = {
    ...{ choices: load, setupTimeoutMs, isolates, onPlugin: onPlugin ?? (() => undefined) },
    settle: (adapters) => settle(sources, adapters, { hasAllPlugins: isComplete }),
  };
  const allowsUnknown = !isComplete && use !== 'code';
  const settled = (): LoadedConfig => {
    const config = settle(sources, host.adapters, { hasAllPlugins: isComplete, allowsUnknown });
    const unknown = unknownPlugins(config, plugins, use);
    if (unknown.length > 0) throw new ConfigError(unknown);
    const lost = use === 'service' ? dispensable(config, plugins) : [];
    return { ...config, host, isolates, reloading, lost };
  };
  return { plugins, isolates, settled };
}

/**
 * What every command needs before it can make adapters: folders, clock and log.
 * @param options.quiet for commands whose output is their own: the log goes to standard error, warnings only.
 * @throws PortError `STORAGE_FAILED` for a folder without which nothing works.
 */
export function openRuntime(config: LoadedConfig, options: { readonly quiet: boolean }): Runtime {
  const { host } = config;
  const directories = directoriesOf(config);
  const troubles = makeDirectories(directories);
  const clock = createSystemClock();
  const log = makeLogger(config, { directories, clock, quiet: options.quiet });
  for (const { message } of troubles) log.warn(message);
  const faults = new FaultBook(log.child({ component: 'plugins' }));
  for (const { name, failure } of config.lost) faults.lost(name, failure);
  config.isolates.follow({ faults, log, runDir: directories.run });
  const maker = new AdapterMaker(host, config, { directories, log, clock, faults });
  return { config, directories, clock, log, host, maker, faults };
}

/** For commands that keep nothing and start nothing: no folder is made, and adapters that need one cannot work. */
export function makerWithoutFolders(config: LoadedConfig): AdapterMaker {
  const clock = createSystemClock();
  const directories = directoriesOf(config);
  const log = makeLogger(config, { directories, clock, quiet: true });
  return new AdapterMaker(config.host, config, { directories, log, clock, faults: new FaultBook(log) });
}

function makeLogger(
  config: Config,
  { directories, clock, quiet }: { directories: Directories; clock: Clock; quiet: boolean },
): Logger {
  const settings = config.section('log') as {
    level: 'debug' | 'info' | 'warn' | 'error';
    format: 'json' | 'pretty';
    destination: string;
  };
  const { level, format, destination } = settings;
  if (quiet)
    return createWinstonLogger({ level: 'warn', format: 'pretty', stream: process.stderr }, { clock });
  const file = {
    directory: directories.logs,
    maxSizeBytes: config.get('log.max_size_bytes') as number,
    maxFiles: config.get('log.max_files') as number,
  };
  return createWinstonLogger({ level, format, ...(destination === 'file' ? { file } : {}) }, { clock });
}
