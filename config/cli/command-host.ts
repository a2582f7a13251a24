import type { Command } from 'commander';
import type { Config } from '../load.js';
import type { Ending } from '../ending.js';
import { configFrom } from '../runtime.js';

/** What commands have of the process. */
export interface CommandHost {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly isTerminal: boolean;
  readonly pid: number;
  readonly nodeVersion: string;
  readonly architecture: string;
  /** Resident memory, in bytes. */
  readonly memoryBytes: () => number;
  readonly exitWith: (code: number) => void;
  /** Aborts when the process is asked to end. */
  readonly signal: AbortSignal;
  readonly ending: Pick<Ending, 'tellTo' | 'allow'>;
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
