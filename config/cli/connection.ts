import type { Command } from 'commander';
import { connectWsClient, type WsClient } from '../../adapters/transport/ws-jsonrpc/ws-client.js';
import type { Role } from '../../ports/index.js';
import { connectionError, serviceUrl } from './address.js';
import { configOf, type CommandHost } from './command-host.js';
import { issueToken } from './credentials.js';

export interface ConnectionOptions {
  readonly url?: string;
  readonly token?: string;
}

export interface ConnectionRequest {
  readonly role: Role;
  /** Who the token that is made for this speaks for; shown in the service's log. */
  readonly subject: string;
  readonly notified: (method: string, params: Readonly<Record<string, unknown>>) => void;
}

/** Long enough for somebody who watches all day; the token never leaves this process. */
const TTL_SECONDS = 86_400;

/** Adds the options that say which service a command talks to, and as whom. */
export function withConnectionOptions(command: Command): Command {
  return command
    .option('--url <url>', 'WebSocket URL of the service (default: from the configuration)')
    .option('--token <token>', 'credential (default: a token created with the secret of this configuration)');
}

/** Connects to the service; the connection ends when the process is asked to. @throws PortError when nobody answers. */
export async function connect(
  options: ConnectionOptions,
  request: ConnectionRequest,
  { command, host }: { readonly command: Command; readonly host: CommandHost },
): Promise<WsClient> {
  const config = await configOf(command, host, 'development');
  const url = options.url ?? serviceUrl(config);
  const { role, subject, notified } = request;
  const token =
    options.token ?? (await issueToken(command, host, { subject, role, ttlSeconds: TTL_SECONDS }));
  const client = await connectWsClient(url, token, { notified }).catch((cause: unknown) => {
    throw connectionError(cause, { url, from: options.url === undefined ? 'configuration' : 'url' });
  });
  host.signal.addEventListener('abort', () => {
    client.close();
  });
  return client;
}
