import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { resolve } from 'node:path';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { PortError } from '../../ports/index.js';
import { EXAMPLES, type Example } from './capability-template.js';
import type { CommandHost } from './command-host.js';
import { nameFor, PLUGIN_KINDS, writePlugin, type PluginKind } from './plugin-template.js';

interface NewOptions {
  readonly kind?: PluginKind;
  readonly capabilities?: readonly Example[];
  readonly name?: string;
  readonly service?: string;
}

/** `plugin new`: a project to begin with. */
export function registerPluginNew(group: Command, host: CommandHost): void {
  group
    .command('new')
    .description('create the project of a working plugin: sources, build, lint, contract tests and CI')
    .argument('<folder>', 'folder of the project; it must be empty or missing')
    .addOption(
      new Option(
        '--kind <kind>',
        'what the plugin provides; if omitted, it is asked for on a terminal',
      ).choices(PLUGIN_KINDS),
    )
    .addOption(
      new Option(
        '--capabilities <list>',
        `what it has beyond adapters, with commas between: ${EXAMPLES.join(', ')}`,
      ).argParser(capabilitiesIn),
    )
    .option('--name <name>', 'name of the package and its adapters (default: the name of the folder)')
    .option(
      '--service <spec>',
      'what npm installs as mediamtx-camera-service, such as the path of a packed file',
    )
    .action(async (given: string, { kind, capabilities = [], name, service }: NewOptions) => {
      const folder = resolve(given);
      const files = writePlugin({
        folder,
        kind: kind ?? (await askKind(host)),
        name: name ?? nameFor(folder),
        capabilities,
        ...(service === undefined ? {} : { service: existsSync(service) ? resolve(service) : service }),
      });
      host.out(`${folder}: ${files.join(', ')}`);
      host.out(`Next: cd ${given} && npm install && npm run lint && npm test && npm run check`);
    });
}

/** @throws InvalidArgumentError for a word that is no capability. */
function capabilitiesIn(text: string): readonly Example[] {
  const words = text.split(',').map((each) => each.trim());
  return words.map((word) => {
    const found = EXAMPLES.find((each) => each === word);
    if (found === undefined)
      throw new InvalidArgumentError(`"${word}" is none; there are: ${EXAMPLES.join(', ')}`);
    return found;
  });
}

/** @throws PortError `OPTION_INVALID` where nobody can be asked, and for an answer that names none. */
async function askKind({ isTerminal, signal }: CommandHost): Promise<PluginKind> {
  const kinds = PLUGIN_KINDS.join(', ');
  const rule = `one of ${kinds}`;
  const refused = new PortError('OPTION_INVALID', {
    message: `--kind is missing: ${rule}`,
    detail: { option: '--kind', rule },
  });
  if (!isTerminal || !process.stdin.isTTY) throw refused;
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = (await terminal.question(`What does it provide (${kinds})? `, { signal })).trim();
    const kind = PLUGIN_KINDS.find((each) => each === answer);
    if (kind === undefined) throw refused;
    return kind;
  } finally {
    terminal.close();
  }
}
