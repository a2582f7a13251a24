import { resolve } from 'node:path';
import type { Command } from 'commander';
import { configFrom } from '../runtime.js';
import { runTrials } from '../trial/run-trials.js';
import { sourcesOf, type CommandHost } from './command-host.js';

type TrialArguments = [folder: string, adapter: string, from: number, options: object, command: Command];

/** `plugin trial`: the part of `plugin check` that runs in a process of its own. It tells that process what it finds. */
export function registerPluginTrial(group: Command, host: CommandHost): void {
  group
    .command('trial', { hidden: true })
    .argument('<folder>', 'folder of the package')
    .argument('<adapter>', 'Port/name')
    .argument('<from>', 'number of the first trial', Number)
    .action(async (...[folder, adapter, from, , command]: TrialArguments) => {
      const uncaught: unknown[] = [];
      // Nothing but the plugin is at work here.
      host.ending.blameOn((cause) => {
        uncaught.push(cause);
        return true;
      });
      try {
        const { overrides, ...sources } = sourcesOf(command, host, 'development');
        const load = [...overrides, `plugins.load=${resolve(folder)}`];
        const config = await configFrom({ ...sources, overrides: load }, host.signal);
        const run = { config, adapter, from, tell: toParent, uncaught: () => uncaught.splice(0) };
        await runTrials(run, host.signal);
      } finally {
        host.ending.blameOn(() => false);
      }
    });
}

/** Resolves when it is on its way: this process may end at once. */
function toParent(news: object): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined) resolve();
    else process.send(news, undefined, {}, () => resolve());
  });
}
