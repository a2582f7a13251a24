import type { Command } from 'commander';
import type { CommandHost } from './command-host.js';
import { registerPluginCheck } from './plugin-check.js';
import { registerPluginControl } from './plugin-control.js';
import { registerPluginDev } from './plugin-dev.js';
import { registerPluginManifest } from './plugin-manifest.js';
import { registerPluginNew } from './plugin-new.js';
import { registerPluginTrial } from './plugin-trial.js';

/** What each command of the group `plugin` adds to it. */
const COMMANDS: readonly ((group: Command, host: CommandHost) => void)[] = [
  registerPluginNew,
  registerPluginManifest,
  registerPluginCheck,
  registerPluginDev,
  registerPluginControl,
  registerPluginTrial,
];

/** `plugin`: for those who make plugins. */
export function registerPlugin(program: Command, host: CommandHost): void {
  const group = program.command('plugin').description('tools for plugin developers');
  for (const register of COMMANDS) register(group, host);
}
