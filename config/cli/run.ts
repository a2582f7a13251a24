import type { Command } from 'commander';
import { join } from 'node:path';
import { API_VERSION } from '../../core/rpc/api-info.js';
import { isPortError, type AuthProvider } from '../../ports/index.js';
import { compose, type Cradle } from '../composition-root.js';
import { makeDirectories } from '../directories.js';
import { firstAdminKey, writeSecretFile } from '../first-start.js';
import { coreOptions } from '../options.js';
import { PluginManager } from '../plugin-manager.js';
import { PluginReloader } from '../plugin-reloader.js';
import { PluginBlame } from '../plugin-blame.js';
import { configFrom, openRuntime, type Runtime } from '../runtime.js';
import { Service } from '../service.js';
import { buildInfo } from '../setup/build-info.js';
import { sourcesOf, type CommandHost } from './command-host.js';
import { FolderLocks } from './folder-locks.js';
import { greeting } from './greeting.js';

const FLUSH_LIMIT_MS = 2_000;
/** What the end may take beyond the budget of the service's parts: flushing the log, and a busy machine. */
const SPARE_MS = FLUSH_LIMIT_MS + 3_000;

export function registerRun(program: Command, host: CommandHost): void {
  program
    .command('run', { isDefault: true })
    .description('run the service until it is stopped')
    .action(async (_options: object, command: Command) => {
      await run(command, host);
    });
}

async function run(command: Command, host: CommandHost): Promise<void> {
  const blame = new PluginBlame();
  host.ending.blameOn((cause) => blame.takes(cause));
  const onPlugin = blame.suspect.bind(blame);
  const sources = { ...sourcesOf(command, host, 'production'), onPlugin };
  const config = await configFrom(sources, host.signal, 'service');
  const runtime = openRuntime(config, { quiet: false });
  host.ending.tellTo(runtime.log.child({ component: 'process' }));
  blame.tellTo(runtime.faults, runtime.host.loaded);
  host.ending.allow((config.get('service.stop_timeout_ms') as number) + SPARE_MS);
  const locks = new FolderLocks(host.pid, runtime.log.child({ component: 'process' }));
  try {
    await claimFolders(locks, runtime, host.signal);
    await runtime.host.prepareRun({ ...runtime, signal: host.signal });
    await serve(runtime, host, (signal) => claimStorage(locks, runtime, signal));
  } finally {
    await config.isolates.close();
    await locks.release();
    const enough = runtime.clock.sleep(FLUSH_LIMIT_MS);
    await Promise.race([runtime.log.flush(), enough]);
  }
}

/** Two services in one of these folders would claim and delete each other's files. */
async function claimFolders(
  locks: FolderLocks,
  { directories, log }: Runtime,
  signal: AbortSignal,
): Promise<void> {
  for (const name of ['state', 'run'] as const) await locks.claim(`paths.${name}`, directories[name], signal);
  try {
    await claimStorage(locks, { directories }, signal);
  } catch (cause) {
    // A disk may be mounted later: the storage tries again, and says meanwhile what is wrong.
    if (!isPortError(cause, 'STORAGE_FAILED')) throw cause;
    log.warn('a folder cannot be used and is therefore not locked', { cause });
  }
}

async function claimStorage(
  locks: FolderLocks,
  { directories }: Pick<Runtime, 'directories'>,
  signal: AbortSignal,
): Promise<void> {
  // What was missing at the start may be possible by now.
  makeDirectories(directories);
  for (const name of ['recordings', 'snapshots'] as const)
    await locks.claim(`paths.${name}`, directories[name], signal);
}

async function serve(
  runtime: Runtime,
  host: CommandHost,
  claim: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const { config, maker, clock, log, faults } = runtime;
  const options = coreOptions(config);
  const { memoryBytes, signal } = host;
  const plugins = managerOf(runtime, signal);
  const container = await compose({
    maker,
    plugins,
    options,
    about: about(runtime, host),
    clock,
    log,
    memoryBytes,
    welcome: (provider) => makeFirstKey(provider, runtime, host),
    signal,
  });
  const { board } = container.cradle;
  faults.follow((plugin, fault) => {
    if (fault === undefined) board.remove(`plugin:${plugin}`);
    else board.set(`plugin:${plugin}`, fault.state, { reason: fault.reason });
  });
  const service = new Service(container, claim);
  plugins.attach(service, container.cradle);
  try {
    await service.start(signal);
    if (config.get('log.format') === 'pretty') host.out(await greeting(container.cradle, signal));
    await untilAborted(signal);
  } catch (cause) {
    if (!signal.aborted) throw cause;
  } finally {
    await service.stop(signal.aborted ? String((signal.reason as Error).message) : 'startup failed');
  }
}

function managerOf(runtime: Runtime, signal: AbortSignal): PluginManager {
  const { config, directories } = runtime;
  const { settle, ...reloading } = config.reloading;
  const reloader = new PluginReloader({ ...reloading, folder: join(directories.run, 'plugins') });
  const log = runtime.log.child({ component: 'plugins' });
  return new PluginManager({ ...runtime, lost: config.lost, log, reloader, settle, signal });
}

function about({ config, clock }: Runtime, { nodeVersion, architecture }: CommandHost): Cradle['about'] {
  const { version, buildDate } = buildInfo();
  return {
    name: 'mediamtx-camera-service',
    version,
    buildDate,
    apiVersion: API_VERSION,
    nodeVersion,
    architecture,
    maxCameras: config.get('service.max_cameras') as number,
    startedAt: clock.now(),
  };
}

/** On a terminal the key is shown; otherwise the output may be kept in a log, so it goes into a file for this user alone. */
async function makeFirstKey(
  provider: AuthProvider,
  { directories, log }: Runtime,
  host: CommandHost,
): Promise<void> {
  const path = join(directories.state, 'first-admin-key.txt');
  const isMade = await firstAdminKey(provider, async (key) => {
    if (!host.isTerminal) return await writeSecretFile(path, `${key}\n`);
    const help = '(manage keys with: camera-service key add|list|revoke)';
    host.out(`\n  Admin key, shown only once: ${key}\n  ${help}\n`);
  });
  if (isMade && !host.isTerminal)
    log.info(
      'the first admin key has been written to a file; store the key somewhere safe and delete the file',
      {
        path,
      },
    );
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else
      signal.addEventListener(
        'abort',
        () => {
          resolve();
        },
        { once: true },
      );
  });
}
