import { InvalidArgumentError, Option, type Command } from 'commander';
import { ROLES, type Role } from '../../ports/index.js';
import type { CommandHost } from './command-host.js';
import { connect, withConnectionOptions, type ConnectionOptions } from './connection.js';

interface CallOptions extends ConnectionOptions {
  readonly role: Role;
}

type Params = Readonly<Record<string, unknown>>;

/** One call of the API from the shell. */
export function registerCall(program: Command, host: CommandHost): void {
  withConnectionOptions(program.command('call'))
    .description('call a method of a running service and print its result as JSON')
    .argument('<method>', 'name of the method, such as take_snapshot; rpc.discover lists all methods')
    .argument(
      '[params...]',
      'parameters as name=value; values that are valid JSON are parsed as JSON',
      readParam,
    )
    .addOption(
      new Option('--role <role>', 'role of the token that is created for the call')
        .choices(ROLES)
        .default('operator'),
    )
    .action(async function (this: Command, method: string, words: Params | readonly []) {
      // Without a word commander hands over an empty list of its own.
      const params = Array.isArray(words) ? {} : (words as Params);
      await call({ method, params }, this.opts<CallOptions>(), { command: this, host });
    });
}

async function call(
  { method, params }: { readonly method: string; readonly params: Params },
  options: CallOptions,
  { command, host }: { readonly command: Command; readonly host: CommandHost },
): Promise<void> {
  const request = { role: options.role, subject: 'command-line', notified: () => undefined };
  const client = await connect(options, request, { command, host });
  try {
    host.out(JSON.stringify(await client.call(method, params), null, 2));
  } catch (error) {
    host.err(`${method}: ${error instanceof Error ? error.message : String(error)}`);
    host.exitWith(1);
  } finally {
    client.close();
  }
}

function readParam(word: string, before: Params = {}): Params {
  const [, name, text] = /^([^=]+)=(.*)$/s.exec(word) ?? [];
  if (name === undefined || text === undefined)
    throw new InvalidArgumentError('Expected name=value, such as device=camera0.');
  return { ...before, [name]: readValue(text) };
}

function readValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
