import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { relative, resolve, sep } from 'node:path';
import type { Command } from 'commander';
import { ServiceCallError } from '../../adapters/transport/ws-jsonrpc/ws-client.js';
import { PortError } from '../../ports/index.js';
import { entryOf } from '../plugin-entry.js';
import { readPackage } from '../plugin-package.js';
import type { CommandHost } from './command-host.js';
import { connect } from './connection.js';
import { addSettings, configWords, ownProgram } from './own-words.js';
import { SourceChanges } from './plugin-changes.js';

/** An orderly end of the service takes its time; then it is ended by force. */
const STOP_LIMIT_MS = 30_000;

interface Project {
  readonly folder: string;
  readonly hasBuild: boolean;
  /** Name of the folder below `folder` that the build writes. */
  readonly built: string | undefined;
}

/** `plugin dev`: the service with the plugin, which follows each change. */
export function registerPluginDev(group: Command, host: CommandHost): void {
  group
    .command('dev')
    .description(
      'run the service with a plugin; when its sources change, build it and reload it in the running service',
    )
    .argument('[folder]', 'folder of the package', '.')
    .addHelpText('after', HELP)
    .action(async (given: string, _options: object, command: Command) => {
      host.ending.allow(STOP_LIMIT_MS);
      const folder = resolve(given);
      const project = projectAt(folder);
      // Without the plugin the service is of no use here: it ends with the reason.
      addSettings(command, host, [`plugins.load=${folder}`, `plugins.required=${folder}`]);
      const words = ownProgram(['run', ...configWords(command, host)]);
      await develop(project, { words, reload: () => reload(folder, command, host) }, host);
    });
}

const HELP = `
What does not build or does not load is shown, and the service goes on with the code before the change. Where the running service
cannot reload the plugin, the reason is shown and the service is restarted.`;

interface Means {
  /** What Node is given to run the service. */
  readonly words: readonly string[];
  readonly reload: () => Promise<Reloaded>;
}

async function develop(project: Project, means: Means, host: CommandHost): Promise<void> {
  const changes = new SourceChanges(project.folder, project.built);
  let service: ChildProcess | undefined;
  try {
    for (;;) {
      if (await isBuilt(project, host)) service = await follow(service, means, host);
      else host.err(`the build has failed; ${kept(service)}`);
      await changes.next(host.signal);
      host.out('changed');
    }
  } catch (error) {
    if (!host.signal.aborted) throw error;
  } finally {
    changes.close();
    await stop(service);
  }
}

/** Brings the code that has been built into the service. @returns the service that runs then. */
async function follow(
  service: ChildProcess | undefined,
  { words, reload: tryReload }: Means,
  host: CommandHost,
): Promise<ChildProcess> {
  if (service === undefined || !isRunning(service)) return start(words, host);
  const { outcome, reason } = await tryReload();
  if (outcome === 'reloaded') host.out('reloaded');
  else if (outcome === 'faulty') host.err(`the plugin cannot be loaded: ${reason}; ${kept(service)}`);
  else {
    host.out(`the running service cannot reload the plugin: ${reason}; restarting it`);
    await stop(service);
    return start(words, host);
  }
  return service;
}

function kept(service: ChildProcess | undefined): string {
  const isUp = service !== undefined && isRunning(service);
  return `${isUp ? 'the service goes on with the code before the change; ' : ''}waiting for the next change`;
}

/** `faulty`: it is the plugin that cannot be loaded. `refused`: the service cannot do it now. */
interface Reloaded {
  readonly outcome: 'reloaded' | 'faulty' | 'refused';
  readonly reason: string;
}

async function reload(folder: string, command: Command, host: CommandHost): Promise<Reloaded> {
  try {
    const request = { role: 'admin', subject: 'plugin-dev', notified: () => undefined } as const;
    const client = await connect({}, request, { command, host });
    try {
      await client.call('set_plugin', { name: folder, enabled: true, reload: true });
    } finally {
      client.close();
    }
    return { outcome: 'reloaded', reason: '' };
  } catch (cause) {
    host.signal.throwIfAborted();
    const isFaulty = cause instanceof ServiceCallError && cause.code === 'DEPENDENCY_FAILED';
    const reason = cause instanceof Error ? cause.message : String(cause);
    return { outcome: isFaulty ? 'faulty' : 'refused', reason };
  }
}

/** @throws PortError `OPTION_INVALID` for a folder without a package. */
function projectAt(folder: string): Project {
  const found = readPackage(folder, folder);
  if (found === undefined) {
    const rule = `${folder} has no package.json`;
    throw new PortError('OPTION_INVALID', { message: rule, detail: { option: 'folder', rule } });
  }
  const { build } = (found.content['scripts'] ?? {}) as { readonly build?: unknown };
  const [top = '', ...below] = relative(folder, entryOf(folder, found.content) ?? folder).split(sep);
  const hasBuild = typeof build === 'string';
  return { folder, hasBuild, built: hasBuild && below.length > 0 ? top : undefined };
}

function start(words: readonly string[], { env, err, signal }: CommandHost): ChildProcess {
  const service = spawn(process.execPath, [...words], { env, stdio: 'inherit' });
  service.once('error', (error) => err(`the service cannot be started: ${error.message}`));
  service.once('exit', (code, name) => {
    if (!signal.aborted && code !== 0 && name === null)
      err(`the service exited with code ${String(code)}; waiting for the next change`);
  });
  return service;
}

function isRunning({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

async function stop(service: ChildProcess | undefined): Promise<void> {
  if (service === undefined || !isRunning(service)) return;
  const ended = once(service, 'exit');
  service.kill('SIGTERM');
  await ended;
}

async function isBuilt({ folder, hasBuild }: Project, { env, signal }: CommandHost): Promise<boolean> {
  if (!hasBuild) return true;
  const build = spawn('npm', ['run', '--silent', 'build'], { cwd: folder, env, stdio: 'inherit' });
  const [code] = (await once(build, 'exit', { signal })) as [number | null];
  return code === 0;
}
