import { InvalidArgumentError, Option, type Command } from 'commander';
import {
  isPortError,
  PortError,
  ROLES,
  type AuthProvider,
  type IssuedCredential,
  type IssueRequest,
  type Role,
} from '../../ports/index.js';
import { openRuntime } from '../runtime.js';
import { configOf, type CommandHost } from './command-host.js';

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

interface IssueOptions {
  readonly role: Role;
  readonly name: string;
  readonly ttl?: number;
  readonly cameras?: string[];
}

/** `token` and `key`: they work beside a running service, on the same state folder. */
export function registerCredentialCommands(program: Command, host: CommandHost): void {
  withIssueOptions(program.command('token'), '1h')
    .description('print a signed token and nothing else')
    .action(async (options: IssueOptions, command: Command) => {
      host.out(await issueToken(command, host, requestOf(options)));
    });
  const key = program.command('key').description('create, list and revoke API keys');
  withIssueOptions(key.command('add'))
    .description('create a key and print it; it is not shown again')
    .action(async (options: IssueOptions, command: Command) => {
      const provider = await keyProvider(command, host);
      host.out((await issue(provider, requestOf(options))).credential);
    });
  key
    .command('list')
    .description('list the keys, without their secrets')
    .action(async (_options: object, command: Command) => {
      const provider = await keyProvider(command, host);
      for (const record of await provider.list()) host.out(lineFor(record));
    });
  key
    .command('revoke <id>')
    .description('revoke a key immediately')
    .action(async (id: string, _options: object, command: Command) => {
      await revoke(await keyProvider(command, host), id, host);
    });
}

/** A token of the configured kind. @throws PortError when none can be made. */
export async function issueToken(
  command: Command,
  host: CommandHost,
  request: IssueRequest,
): Promise<string> {
  const provider = await openProvider(command, host, {
    fits: (each) => each.supports.issue && !each.supports.revoke,
    what: 'tokens (with jwt.algorithm RS256 or ES256, the owner of the private key issues them)',
  });
  return (await issue(provider, request)).credential;
}

/** The options of the command line, by the names that providers have for them. */
const WORDS: Readonly<Record<string, string>> = { subject: 'name', ttlSeconds: 'ttl' };

async function issue(provider: AuthProvider, request: IssueRequest): Promise<IssuedCredential> {
  try {
    return await provider.issue(request);
  } catch (cause) {
    const { option, rule } = isPortError(cause, 'OPTION_INVALID') ? cause.detail : {};
    if (typeof option !== 'string' || typeof rule !== 'string') throw cause;
    throw new PortError('OPTION_INVALID', { message: `--${WORDS[option] ?? option}: ${rule}`, cause });
  }
}

/** @param text the identifier of a key, or the whole key, which holds it. */
async function revoke(provider: AuthProvider, text: string, host: CommandHost): Promise<void> {
  const records = await provider.list();
  const record = records.find(({ id }) => id === text || text.split('_')[1] === id);
  if (record === undefined || !(await provider.revoke(record.id))) {
    // What was typed may be a secret.
    host.err(
      `there is no key ${text.length > 40 ? 'with this identifier' : text}; to list all keys, run: camera-service key list`,
    );
    host.exitWith(1);
    return;
  }
  host.out(`key ${record.id} has been revoked`);
  const left = await provider.list();
  if (record.role !== 'admin' || left.some(({ role }) => role === 'admin')) return;
  host.err(
    left.length > 0
      ? 'warning: no admin key is left; create one with: camera-service key add --role admin'
      : 'warning: that was the last key. The next start of the service creates a new admin key and writes it to first-admin-key.txt in its state folder, unless the service runs in a terminal. To create one now, run: camera-service key add --role admin',
  );
}

function withIssueOptions(command: Command, defaultTtl?: string): Command {
  return command
    .addOption(new Option('--role <role>', 'role of the credential').choices(ROLES).default('viewer'))
    .addOption(
      withDefault(
        new Option('--ttl <time>', 'lifetime, such as 90s, 30m, 1h or 7d').argParser(seconds),
        defaultTtl,
      ),
    )
    .option('--name <name>', 'name of the owner, shown in lists and logs', 'command-line')
    .option('--cameras <ids>', 'limit the credential to these cameras, separated by commas', (text: string) =>
      text.split(','),
    );
}

function withDefault(option: Option, text: string | undefined): Option {
  return text === undefined ? option : option.default(seconds(text), text);
}

function seconds(text: string): number {
  const [, amount = '', unit = ''] = /^(\d+)([smhd])$/.exec(text) ?? [];
  const factor = UNITS[unit];
  if (factor === undefined || Number(amount) === 0)
    throw new InvalidArgumentError('Expected a number and a unit, such as 90s, 30m, 1h or 7d.');
  return Number(amount) * factor;
}

function requestOf({ role, name, ttl, cameras }: IssueOptions): IssueRequest {
  return {
    subject: name,
    role,
    ...(ttl === undefined ? {} : { ttlSeconds: ttl }),
    ...(cameras === undefined ? {} : { cameras }),
  };
}

function keyProvider(command: Command, host: CommandHost): Promise<AuthProvider> {
  return openProvider(command, host, {
    fits: (each) => each.supports.issue && each.supports.revoke,
    what: 'keys that can be revoked',
  });
}

async function openProvider(
  command: Command,
  host: CommandHost,
  wanted: { readonly fits: (provider: AuthProvider) => boolean; readonly what: string },
): Promise<AuthProvider> {
  const { maker } = openRuntime(await configOf(command, host, 'development'), { quiet: true });
  const state = await maker.one('StateStore');
  await state.start?.(host.signal);
  maker.share(state, {
    api: await maker.listener('server'),
    health: await maker.listener('health'),
  });
  const provider = (await maker.known('AuthProvider')).find(wanted.fits);
  if (!provider) {
    throw new PortError('UNSUPPORTED', {
      message: `no provider in adapters.auth_provider can issue ${wanted.what}`,
    });
  }
  await provider.start(host.signal);
  const trouble = provider.trouble?.();
  if (trouble !== undefined) host.err(`warning: ${trouble}`);
  return provider;
}

function lineFor(record: Awaited<ReturnType<AuthProvider['list']>>[number]): string {
  const day = (at: number | undefined): string => (at === undefined ? 'never' : new Date(at).toISOString());
  const cameras = record.cameras?.join(',') ?? 'all cameras';
  return [
    record.id,
    record.role.padEnd(8),
    record.subject,
    cameras,
    `created ${day(record.createdAt)}`,
    `expires ${day(record.expiresAt)}`,
  ].join('  ');
}
