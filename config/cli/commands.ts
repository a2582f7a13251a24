import type { Command } from 'commander';
import { configOf, type CommandHost } from './command-host.js';
import { registerCall } from './call.js';
import { registerCredentialCommands } from './credentials.js';
import { registerDoctor } from './doctor.js';
import { registerPlugin } from './plugin.js';
import { registerRun } from './run.js';
import { registerSynthetic } from './synthetic.js';
import { registerWatch } from './watch.js';

export function registerCommands(program: Command, host: CommandHost): void {
  registerRun(program, host);
  registerDoctor(program, host);
  registerCredentialCommands(program, host);
  registerWatch(program, host);
  registerCall(program, host);
  registerSynthetic(program, host);
  registerPlugin(program, host);
  program
    .command('config')
    .description('show the effective configuration, without secrets')
    .action(async (_options: object, command: Command) => {
      host.out((await configOf(command, host, 'development')).describe());
    });
}
