import type { Command } from 'commander';
import { sourcesOf, type CommandHost } from './command-host.js';

/** What Node is given to run this program again. @param words command and arguments. */
export function ownProgram(words: readonly string[]): readonly string[] {
  return [...process.execArgv, process.argv[1] ?? '', ...words];
}

/** The options that choose the configuration, as this command was given them. @param more settings beside them. */
export function configWords(
  command: Command,
  host: CommandHost,
  more: readonly string[] = [],
): readonly string[] {
  const { profile, file, overrides } = sourcesOf(command, host, 'development');
  return [
    ...(profile === undefined ? [] : ['--profile', profile]),
    ...(file === undefined ? [] : ['--config', file]),
    ...[...overrides, ...more].flatMap((setting) => ['--set', setting]),
  ];
}

/** Adds settings to those that this command was given: everything that it reads or starts from here on has them. */
export function addSettings(command: Command, host: CommandHost, more: readonly string[]): void {
  const { overrides } = sourcesOf(command, host);
  let program = command;
  while (program.parent !== null) program = program.parent;
  program.setOptionValue('set', [...overrides, ...more]);
}
