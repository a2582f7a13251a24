import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createSystemClock } from '../adapters/clock/system/system-clock.js';
import { createWinstonLogger } from '../adapters/logger/winston/winston-logger.js';
import { PluginHost } from '../plugins/host/plugin-host.js';
import type { Directories } from '../plugins/api/index.js';
import type { Clock, Logger } from '../ports/index.js';
import { AdapterMaker } from './adapters.js';
import { BUILT_IN } from './built-in.js';
import { directoriesOf, makeDirectories } from './directories.js';
import { importFrom } from './import-plugin.js';
import { loadConfig, type Config, type ConfigSources } from './load.js';
import { buildInfo } from './setup/build-info.js';

export interface Runtime {
  readonly config: Config;
  readonly directories: Directories;
  readonly clock: Clock;
  readonly log: Logger;
  readonly host: PluginHost;
  readonly maker: AdapterMaker;
}

/** Folder of the profiles: beside this file in the sources, one level up beside the bundle. */
const PROFILES = ['./profiles/', '../config/profiles/'].map((place) =>
  fileURLToPath(new URL(place, import.meta.url)),
);

export function configFrom(sources: Omit<ConfigSources, 'profileDirectory'>): Config {
  return loadConfig({ ...sources, profileDirectory: PROFILES.find((path) => existsSync(path)) ?? '' });
}

/**
 * What every command needs before it can make adapters: folders, clock, log, and the plugins set up.
 * @param options.quiet for commands whose output is their own: the log goes to standard error, warnings only.
 * @throws PortError for a plugin that cannot be loaded.
 */
export async function openRuntime(
  config: Config,
  options: { readonly quiet: boolean },
  signal: AbortSignal,
): Promise<Runtime> {
  const directories = directoriesOf(config);
  makeDirectories(directories);
  const clock = createSystemClock();
  const log = makeLogger(config, { directories, clock, quiet: options.quiet });
  const host = new PluginHost({ directories, clock, log });
  const deadlineMs = config.get('plugins.setup_timeout_ms') as number;
  for (const plugin of BUILT_IN)
    await host.load(plugin, { version: buildInfo().version, deadlineMs }, signal);
  for (const name of config.get('plugins.load') as string[]) {
    const { plugin, version } = await importFrom(name);
    await host.load(plugin, { version, deadlineMs }, signal);
  }
  return {
    config,
    directories,
    clock,
    log,
    host,
    maker: new AdapterMaker(host, config, { directories, log, clock }),
  };
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
