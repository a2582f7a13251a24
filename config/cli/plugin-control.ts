import type { Command } from 'commander';
import type { PluginView } from '../../core/lifecycle/plugin-control.js';
import type { CommandHost } from './command-host.js';
import { connect, withConnectionOptions, type ConnectionOptions } from './connection.js';

const CHANGES = {
  enable: {
    description: 'take the adapters of a plugin of a running service into use again',
    wanted: { enabled: true },
  },
  disable: {
    description: 'take the adapters of a plugin of a running service out of use, also after a restart',
    wanted: { enabled: false },
  },
  reload: {
    description: 'have a running service read the package of a plugin again, as after an upgrade',
    wanted: { enabled: true, reload: true },
  },
} as const;

/** `plugin list`, `enable`, `disable` and `reload`: the plugins of a running service. */
export function registerPluginControl(group: Command, host: CommandHost): void {
  withConnectionOptions(group.command('list'))
    .description('list the plugins of a running service and their state')
    .action(async (options: ConnectionOptions, command: Command) => {
      await ask({ method: 'get_plugins', params: {} }, options, { command, host });
    });
  for (const [name, { description, wanted }] of Object.entries(CHANGES))
    withConnectionOptions(group.command(name))
      .description(description)
      .argument('<plugin>', 'name of the plugin, as plugin list prints it')
      .action(async (plugin: string, options: ConnectionOptions, command: Command) => {
        const params = { name: plugin, ...wanted };
        await ask({ method: 'set_plugin', params }, options, { command, host });
      });
}

interface Question {
  readonly method: 'get_plugins' | 'set_plugin';
  readonly params: Readonly<Record<string, unknown>>;
}

async function ask(
  { method, params }: Question,
  options: ConnectionOptions,
  { command, host }: { readonly command: Command; readonly host: CommandHost },
): Promise<void> {
  const request = { role: 'admin' as const, subject: 'command-line', notified: () => undefined };
  const client = await connect(options, request, { command, host });
  try {
    const answer = (await client.call(method, params)) as PluginView | { readonly plugins: PluginView[] };
    for (const each of 'plugins' in answer ? answer.plugins : [answer]) host.out(lineOf(each));
  } catch (error) {
    host.err(`${method}: ${error instanceof Error ? error.message : String(error)}`);
    host.exitWith(1);
  } finally {
    client.close();
  }
}

function lineOf({ name, version, state, reason, provides }: PluginView): string {
  const why = reason === undefined ? '' : ` (${reason})`;
  return `${state.padEnd(9)} ${name}@${version}  ${provides.join(', ') || 'no adapter'}${why}`;
}
