import { PortError } from '../../../ports/port-error.js';
import type { Settings } from './options.js';

/** What is wrong with the address, and what helps. */
const HELP: Readonly<Record<string, (keys: { readonly port: string; readonly host: string }) => string>> = {
  EADDRINUSE: ({ port }) => `is in use; set a different one with ${port}`,
  EACCES: ({ port }) =>
    'cannot be opened by this user, because Linux reserves low ports (net.ipv4.ip_unprivileged_port_start); ' +
    `grant the capability CAP_NET_BIND_SERVICE, or set a higher one with ${port}`,
  EADDRNOTAVAIL: ({ host }) => `is not an address of this machine; set one that is with ${host}`,
  ENOTFOUND: ({ host }) => `has a host name without an address; set a different one with ${host}`,
  EAI_AGAIN: ({ host }) => `has a host name that cannot be looked up; set a different one with ${host}`,
};

/** Why an address cannot be had, and which key chooses another one. */
export function bindError({ host, port, key }: Settings, cause: unknown): PortError {
  const { code = '' } = cause as NodeJS.ErrnoException;
  const help = HELP[code] ?? (() => `cannot be opened for listening; set a different one with ${key}`);
  const inUse = code === 'EADDRINUSE';
  return new PortError(inUse ? 'ADDRESS_IN_USE' : 'ADDRESS_UNAVAILABLE', {
    message: `${host}:${String(port)} ${help({ port: key, host: key.replace(/port$/, 'host') })}`,
    cause,
    retryable: inUse,
    detail: { host, port, key },
  });
}
