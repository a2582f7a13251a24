import type { Command } from 'commander';
import { configOf, type CommandHost } from './command-host.js';
import { registerCall } from './call.js';
import { registerCredentialCommands } from './credentials.js';
import { registerDoctor } from './doctor.js';
import { registerKlv } from './klv.js';
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
  registerKlv(program, host);
  registerSynthetic(program, host);
  registerPlugin(program, host);
  program
    .command('config')
    .description('show the effective configuration, without secrets')
    .option('--explain', 'say what each option means')
    .option(
      '--lang <tag>',
      'the same in this language, such as de or pt-BR, as far as plugins are translated',
    )
    .action(async ({ explain, lang }: { explain?: boolean; lang?: string }, command: Command) => {
      const config = await configOf(command, host, 'development');
      const isExplained = explain === true || lang !== undefined;
      host.out(isExplained ? config.explain(config.host.optionTexts(lang ?? '')) : config.describe());
    });
}
