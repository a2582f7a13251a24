import type { Command } from 'commander';
import type { Config } from '../load.js';
import { configFrom } from '../runtime.js';
import { registerCall } from './call.js';
import { registerCredentialCommands } from './credentials.js';
import { registerDoctor } from './doctor.js';
import { registerRun } from './run.js';
import { registerSynthetic } from './synthetic.js';
import { registerWatch } from './watch.js';

/** What commands have of the process. */
export interface CommandHost {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly isTerminal: boolean;
  readonly pid: number;
  readonly nodeVersion: string;
  readonly architecture: string;
  readonly exitWith: (code: number) => void;
  /** Aborts when the process is asked to end. */
  readonly signal: AbortSignal;
}

interface GlobalOptions {
  readonly profile?: string;
  readonly config?: string;
  readonly set: readonly string[];
}

/** The configuration that the options of a command line ask for. @throws ConfigError. */
export function configOf(command: Command, { env }: CommandHost, fallbackProfile?: string): Config {
  const { profile = fallbackProfile, config: file, set } = command.optsWithGlobals<GlobalOptions>();
  return configFrom({
    ...(profile === undefined ? {} : { profile }),
    ...(file === undefined ? {} : { file }),
    env,
    overrides: set,
  });
}

export function registerCommands(program: Command, host: CommandHost): void {
  registerRun(program, host);
  registerDoctor(program, host);
  registerCredentialCommands(program, host);
  registerWatch(program, host);
  registerCall(program, host);
  registerSynthetic(program, host);
  program
    .command('config')
    .description('show the effective configuration, without secrets')
    .action((_options: object, command: Command) => {
      host.out(configOf(command, host).describe());
    });
}
