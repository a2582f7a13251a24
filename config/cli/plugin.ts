import type { Command } from 'commander';
import type { CommandHost } from './command-host.js';
import { registerPluginManifest } from './plugin-manifest.js';

/** What each command of the group `plugin` adds to it. */
const COMMANDS: readonly ((group: Command, host: CommandHost) => void)[] = [registerPluginManifest];

/** `plugin`: for those who make plugins. */
export function registerPlugin(program: Command, host: CommandHost): void {
  const group = program.command('plugin').description('tools for plugin developers');
  for (const register of COMMANDS) register(group, host);
}
