import type { Command } from 'commander';
import type { Ending } from '../ending.js';
import { configFrom, type LoadedConfig } from '../runtime.js';
import type { ConfigSources } from '../sources.js';

/** What commands have of the process. */
export interface CommandHost {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly out: (text: string) => void;
  /** Resolves when what was written can be written on: whoever writes much waits for it. */
  readonly drained: () => Promise<void>;
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
  readonly ending: Pick<Ending, 'tellTo' | 'allow' | 'blameOn'>;
}

interface GlobalOptions {
  readonly profile?: string;
  readonly config?: string;
  readonly set: readonly string[];
}

/**
 * The configuration that the options of a command line ask for, without running any code of plugins.
 * @throws as `configFrom`.
 */
export function configOf(
  command: Command,
  host: CommandHost,
  fallbackProfile?: string,
): Promise<LoadedConfig> {
  return configFrom(sourcesOf(command, host, fallbackProfile), host.signal, 'manifests');
}

/** What the options of a command line name. */
export function sourcesOf(
  command: Command,
  { env }: CommandHost,
  fallbackProfile?: string,
): Omit<ConfigSources, 'profileDirectory'> {
  const { profile = fallbackProfile, config: file, set } = command.optsWithGlobals<GlobalOptions>();
  const files = {
    ...(profile === undefined ? {} : { profile }),
    ...(file === undefined ? {} : { file }),
  };
  return { ...files, env, overrides: set };
}
