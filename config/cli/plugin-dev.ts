import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { relative, resolve, sep } from 'node:path';
import type { Command } from 'commander';
import { PortError } from '../../ports/index.js';
import { entryOf } from '../plugin-entry.js';
import { readPackage } from '../plugin-package.js';
import type { CommandHost } from './command-host.js';
import { configWords, ownProgram } from './own-words.js';
import { SourceChanges } from './plugin-changes.js';

/** An orderly end of the service takes its time; then it is ended by force. */
const STOP_LIMIT_MS = 30_000;

interface Project {
  readonly folder: string;
  readonly hasBuild: boolean;
  /** Name of the folder below `folder` that the build writes. */
  readonly built: string | undefined;
}

/** `plugin dev`: the service with the plugin, begun anew after each change. */
export function registerPluginDev(group: Command, host: CommandHost): void {
  group
    .command('dev')
    .description(
      'run the service with a plugin; build it and restart the service whenever its sources change',
    )
    .argument('[folder]', 'folder of the package', '.')
    .action(async (given: string, _options: object, command: Command) => {
      host.ending.allow(STOP_LIMIT_MS);
      await develop(projectAt(resolve(given)), serviceWords(command, host, resolve(given)), host);
    });
}

async function develop(project: Project, words: readonly string[], host: CommandHost): Promise<void> {
  const changes = new SourceChanges(project.folder, project.built);
  let service: ChildProcess | undefined;
  try {
    for (;;) {
      if (await isBuilt(project, host)) {
        await stop(service);
        service = start(words, host);
      } else host.err('the build has failed; waiting for the next change');
      await changes.next(host.signal);
      host.out('changed: rebuilding and restarting');
    }
  } catch (error) {
    if (!host.signal.aborted) throw error;
  } finally {
    changes.close();
    await stop(service);
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

/** What Node is given to run the service as this command was asked to, with the plugin. */
function serviceWords(command: Command, host: CommandHost, folder: string): readonly string[] {
  // Without the plugin the service is of no use here: it ends with the reason.
  const plugin = [`plugins.load=${folder}`, `plugins.required=${folder}`];
  return ownProgram(['run', ...configWords(command, host, plugin)]);
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

async function stop(service: ChildProcess | undefined): Promise<void> {
  if (service === undefined || service.exitCode !== null || service.signalCode !== null) return;
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
