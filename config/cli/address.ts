import { isIPv6 } from 'node:net';
import { PortError } from '../../ports/index.js';
import type { Config } from '../load.js';

/** The WebSocket of the service that this configuration describes, as seen from this machine. */
export function serviceUrl(config: Pick<Config, 'get'>): string {
  const host = dialled(config.get('server.host') as string);
  const port = String(config.get('server.port'));
  return `ws://${isIPv6(host) ? `[${host}]` : host}:${port}${String(config.get('ws_jsonrpc.path'))}`;
}

/** A service that listens on all addresses of its machine is reached on the loopback. */
function dialled(configured: string): string {
  const host = configured.replace(/^\[(.*)\]$/, '$1');
  if (host === '' || host === '0.0.0.0') return '127.0.0.1';
  return /^[0:]+$/.test(host) && isIPv6(host) ? '::1' : host;
}

interface Advice {
  readonly what: string;
  readonly remedy: (given: Dialled) => string;
}

export interface Dialled {
  readonly url: string;
  /** The option or the configuration keys that the URL comes from. */
  readonly from: 'url' | 'configuration';
}

const hostKey = ({ from }: Dialled): string => (from === 'url' ? '--url' : 'server.host');
const portKey = ({ from }: Dialled): string => (from === 'url' ? '--url' : 'server.port');

const wrongHost = (given: Dialled): string => `correct the host in ${hostKey(given)}`;

/** By the system's code; the host and the port are different mistakes. */
const ADVICE: Readonly<Record<string, Advice>> = {
  ECONNREFUSED: {
    what: 'nothing is listening there',
    remedy: (given) => `start the service, or correct ${portKey(given)} if it uses another port`,
  },
  ENOTFOUND: { what: 'there is no host with this name', remedy: wrongHost },
  EAI_AGAIN: { what: 'the host name cannot be resolved at the moment', remedy: wrongHost },
  EINVAL: { what: 'this is not an address to which a client can connect', remedy: wrongHost },
  EADDRNOTAVAIL: { what: 'this machine cannot reach the address', remedy: wrongHost },
  EHOSTUNREACH: { what: 'there is no route to the host', remedy: wrongHost },
  ENETUNREACH: { what: 'there is no route to the network', remedy: wrongHost },
  ETIMEDOUT: { what: 'the host does not respond', remedy: wrongHost },
  EACCES: {
    what: 'this user is not allowed to connect to it',
    remedy: (given) => `check the firewall of this machine, or correct the host in ${hostKey(given)}`,
  },
  ECONNRESET: {
    what: 'a program other than the service answered',
    remedy: (given) => `correct ${portKey(given)}`,
  },
};

/** What went wrong with a connection, in words, with the key that is to be corrected. */
export function connectionError(cause: unknown, given: Dialled): unknown {
  if (!(cause instanceof PortError) || cause.code !== 'SOURCE_UNAVAILABLE') return cause;
  const { reason } = cause.detail;
  const advice = typeof reason === 'string' ? ADVICE[reason] : undefined;
  if (typeof reason !== 'string' || advice === undefined) return cause;
  return new PortError('SOURCE_UNAVAILABLE', {
    cause,
    message: `${given.url} cannot be reached: ${advice.what} (${reason})`,
    detail: { ...cause.detail, remedy: advice.remedy(given) },
  });
}
